import { describe, expect, it } from 'vitest'
import type { CatalogEntry, Envelope, Problem } from '../../src/api/types'
import { kindOf, sourceOf, tell, upstreamStatus } from '../../src/cards/errors'
import { frameOf } from '../../src/cards/frame'
import { LIST, awaitedRows, shownRows } from '../../src/cards/rows'
import { heading, subjectOf } from '../../src/cards/subject'
import { failing } from '../../src/cards/why'

const NOW = Date.UTC(2026, 3, 16, 12)
const MINUTE = 60_000
const problem = (kind: string, detail = ''): Problem => ({ type: `urn:insightboard:problem:${kind}`, title: '', status: 502, detail })
const envelope = (state: Envelope['state'], data: unknown, minutes: number | null, error: Problem | null = null): Envelope => ({
  state,
  data,
  fetched_at: minutes === null ? null : new Date(NOW - minutes * MINUTE).toISOString(),
  expires_at: null,
  error,
  job: null,
})
const frame = (one: Envelope | null) => frameOf(one, NOW, 5 * MINUTE)

describe('what a card shows', () => {
  it('is data wherever there is some, whatever has failed since', () => {
    expect(frame(envelope('fresh', [1], 3))).toMatchObject({ body: 'data', amber: false, note: false })
    expect(frame(envelope('stale', [1], 27, problem('provider-error')))).toMatchObject({ body: 'data', amber: true, note: true })
    expect(frame(envelope('pending', [1], 3))).toMatchObject({ body: 'data', amber: false })
  })
  it('is amber without a note while a refresh is only late', () => {
    expect(frame(envelope('stale', [1], 6))).toMatchObject({ amber: true, note: false })
    expect(frame(envelope('stale', [1], 11))).toMatchObject({ amber: true, note: true })
  })
  it('is bones, words or an error where there is none', () => {
    expect(frame(null).body).toBe('loading')
    expect(frame(envelope('pending', null, null)).body).toBe('pending')
    expect(frame(envelope('pending', [], null)).body).toBe('pending')
    expect(frame(envelope('fresh', [], 3)).body).toBe('empty')
    expect(frame(envelope('error', null, null, problem('provider-timeout')))).toMatchObject({ body: 'error', at: null })
  })
})

describe('rows', () => {
  const room = { h: 9, total: 20, foot: true, note: false }
  it('are five at most', () => {
    expect(shownRows(LIST, room)).toBe(5)
    expect(shownRows(LIST, { ...room, h: 30 })).toBe(5)
    expect(shownRows(LIST, { ...room, h: null })).toBe(5)
    expect(shownRows(LIST, { ...room, total: 3 })).toBe(3)
  })
  it('make room for a note and for what is small, but one always stays', () => {
    expect(shownRows(LIST, { ...room, note: true })).toBe(4)
    expect(shownRows(LIST, { ...room, h: 4 })).toBe(1)
    expect(shownRows(LIST, { ...room, h: 2 })).toBe(1)
  })
  it('are never cut where what is down must not hide', () => {
    expect(shownRows({ height: 47, cut: false }, { ...room, h: 4 })).toBe(20)
  })
})

describe('awaited rows', () => {
  it('are those that were asked for, else enough', () => {
    expect(awaitedRows({ symbols: ['a', 'b'], currency: 'usd' })).toBe(2)
    expect(shownRows(LIST, { h: 9, total: awaitedRows({ topic: 'x' }), foot: true, note: false })).toBe(5)
  })
})

describe('errors', () => {
  const entry = { name: 'news', title: 'News', attribution: 'https://hn.algolia.com' } as CatalogEntry
  it('are told apart by the end of their type', () => {
    expect(kindOf(problem('provider-timeout'))).toBe('provider-timeout')
    expect(kindOf(problem('something-new'))).toBe('unknown')
    expect(kindOf({ ...problem(''), type: 'about:blank' })).toBe('unknown')
  })
  it('name who failed', () => {
    expect(sourceOf(entry, null, 'NewsAPI refuses our key')).toBe('NewsAPI')
    expect(sourceOf(entry, null, '')).toBe('Hacker News')
    expect(sourceOf(entry, { source: 'OpenWeather' })).toBe('OpenWeather')
    expect(sourceOf({ ...entry, attribution: 'https://tides.example/x' }, null)).toBe('tides.example')
    expect(sourceOf({ ...entry, attribution: null }, null)).toBe('News')
    expect(sourceOf(undefined, null)).toBe('')
  })
  it('say a code only where one came', () => {
    expect(upstreamStatus('the provider answered 502')).toBe(502)
    expect(tell(problem('provider-error', 'the provider answered 502'), 'GitHub', '').heading.key).toBe('errors.provider-error-code.heading')
    expect(tell(problem('provider-error', 'the answer is not JSON'), 'GitHub', '').heading.key).toBe('errors.provider-error.heading')
  })
  it('lead to the settings where those are wrong', () => {
    expect(tell(problem('provider-not-found'), 'GitHub', 'x').action).toBe('settings')
    expect(tell(problem('provider-timeout'), 'GitHub', 'x').action).toBe('none')
  })
})

describe('title and subject', () => {
  it('are the provider and what it is about', () => {
    expect(subjectOf({ username: 'nora' })).toBe('nora')
    expect(subjectOf({ urls: ['a', 'b'], n: 3 })).toBe('a, b')
    expect(subjectOf({})).toBe('')
    expect(heading(null, 'GitHub', 'nora')).toEqual(['GitHub', 'nora'])
  })
  it('do not say the same twice', () => {
    expect(heading('Oslo', 'Weather', 'Oslo, NO')).toEqual(['Oslo', 'Weather'])
    expect(heading('Home', 'Weather', 'Oslo')).toEqual(['Home', 'Oslo'])
  })
})

describe('why it is stale', () => {
  it('counts the failures since the last good fetch', () => {
    const run = (outcome: 'failed' | 'timed_out' | 'succeeded', at: string) => ({ at, outcome, detail: null, status_code: null, duration_ms: 1, request_id: null })
    const runs = [run('failed', 'c'), run('timed_out', 'b'), run('succeeded', 'a'), run('failed', '0')]
    expect(failing(runs)).toMatchObject({ count: 2, since: { at: 'b' } })
    expect(failing([run('failed', 'z')])).toMatchObject({ count: 1, since: { at: 'z' } })
    expect(failing([])).toEqual({ count: 0, since: null })
  })
})
