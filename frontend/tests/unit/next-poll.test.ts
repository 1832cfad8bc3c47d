import { describe, expect, it } from 'vitest'
import type { Envelope } from '@/api/types'
import { nextPoll } from '@/live/next-poll'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const ASKED = { now: NOW, failures: 0, waits: 0, random: 0 }

function envelope(given: Partial<Envelope> & { left?: number }): Envelope {
  const { left = 60, ...rest } = given
  const expires_at = new Date(NOW + left * 1000).toISOString()
  return { state: 'fresh', data: [], fetched_at: new Date(NOW).toISOString(), expires_at, error: null, job: null, ...rest }
}

describe('nextPoll', () => {
  it('asks when the first widget expires, with jitter', () => {
    const envelopes = [envelope({ left: 300 }), envelope({ left: 40 })]
    expect(nextPoll({ ...ASKED, envelopes })).toBe(40_000)
    expect(nextPoll({ ...ASKED, envelopes, random: 1 })).toBe(41_500)
  })

  it('asks each second while something is on its way, then less often', () => {
    const envelopes = [envelope({}), envelope({ state: 'pending', job: 'j', expires_at: null })]
    expect(nextPoll({ ...ASKED, envelopes, waits: 1 })).toBe(1000)
    expect(nextPoll({ ...ASKED, envelopes, waits: 3 })).toBe(2250)
    expect(nextPoll({ ...ASKED, envelopes, waits: 40 })).toBe(5000)
  })

  it('obeys Retry-After before all else', () => {
    expect(nextPoll({ ...ASKED, envelopes: [], failures: 3, retryAfter: 120 })).toBe(120_000)
  })

  it('backs off while answers fail, up to five minutes', () => {
    const delays = [1, 2, 3, 20].map((failures) => nextPoll({ ...ASKED, envelopes: [], failures, random: 0.5 }))
    expect(delays).toEqual([2000, 4000, 8000, 300_000])
  })

  it('comes back for a stale widget when its fetch is tried again', () => {
    const error = { type: 'x/provider-error', title: '', status: 502, detail: '', retry_after: 40 }
    expect(nextPoll({ ...ASKED, envelopes: [envelope({ state: 'stale', left: -60, error })] })).toBe(40_000)
    expect(nextPoll({ ...ASKED, envelopes: [envelope({ state: 'stale', left: -60 })] })).toBe(15_000)
  })

  it('never asks more than each second, nor less than every five minutes', () => {
    expect(nextPoll({ ...ASKED, envelopes: [envelope({ left: 0.1 })] })).toBe(1000)
    expect(nextPoll({ ...ASKED, envelopes: [] })).toBe(300_000)
  })
})
