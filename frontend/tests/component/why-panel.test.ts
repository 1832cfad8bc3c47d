import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import type { Envelope, Item, Run, Runs } from '../../src/api/types'
import WhyPanel from '../../src/cards/WhyPanel.vue'

const NOW = Date.UTC(2026, 3, 16, 12, 32)
const ago = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString()
const item: Item = { id: 'one', widget: 'github', params: { username: 'nora' }, x: 0, y: 0, w: 4, h: 9 }
const run = (minutes: number, outcome: Run['outcome']): Run => ({ at: ago(minutes), outcome, detail: null, status_code: 502, duration_ms: 1412, request_id: 'a41f' })
const envelope = (error: Envelope['error']): Envelope => ({ state: error ? 'stale' : 'fresh', data: [1], fetched_at: ago(27), expires_at: null, error, job: null })
const bad = { type: 'urn:insightboard:problem:provider-timeout', title: '', status: 504, detail: 'GitHub did not answer in time' }
const runs = (...found: Run[]): Runs => ({ next_try_at: new Date(NOW + 40_000).toISOString(), runs: found })

function show(found: Runs | null, error: Envelope['error'] = bad, more = {}) {
  return mount(WhyPanel, { props: { item, entry: undefined, envelope: envelope(error), runs: found, now: NOW, ...more } })
}

describe('why a card is stale', () => {
  it('says how often, since when, who, what stays and what comes', async () => {
    const panel = show(runs(run(1, 'failed'), run(6, 'timed_out'), run(27, 'succeeded')))
    expect(panel.text()).toMatch(/2 tries have failed since \d\d:26\. GitHub did not answer in time\. The data from \d\d:05 stays/)
    expect(panel.text()).toContain('Next try by itself in 40 s.')
    expect(panel.text()).toContain('Request a41f')
    expect(panel.findAll('tbody tr').map((row) => row.get('.res').text())).toEqual(['Failed', 'Timed out', 'Good'])
    expect(panel.text()).toContain('1,412 ms')
    await panel.get('.main').trigger('click')
    expect(panel.emitted('refresh')).toHaveLength(1)
  })
  it('counts one as one', () => {
    expect(show(runs(run(1, 'failed'))).text()).toContain('One try has failed')
  })
  it('says so where nothing is wrong', () => {
    const text = show(runs(run(27, 'succeeded')), null).text()
    expect(text).toContain('nothing has failed since')
    expect(text).not.toContain('stays until')
  })
  it('waits, and says when there is nothing to read', () => {
    expect(show(null).get('[aria-busy]').text()).toBe('Loading')
    expect(show(null, bad, { failed: true }).text()).toContain('could not be read')
    expect(show(runs()).text()).toContain('No fetch has been noted yet.')
  })
})
