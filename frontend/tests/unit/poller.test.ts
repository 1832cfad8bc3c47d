import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Envelope } from '@/api/types'
import { asKept, patch, troubles } from '@/live/patch'
import { Poller, type Heard } from '@/live/poller'

beforeEach(() => vi.useFakeTimers({ now: Date.parse('2026-11-23T12:00:00Z') }))
afterEach(() => vi.useRealTimers())

function envelope(seconds: number, given: Partial<Envelope> = {}): Envelope {
  const at = (more: number): string => new Date(Date.now() + more * 1000).toISOString()
  return { state: 'fresh', data: [1], fetched_at: at(0), expires_at: at(seconds), error: null, job: null, ...given }
}

function board(...all: Envelope[]): Heard {
  return { kind: 'board', board: { widgets: Object.fromEntries(all.map((one, i) => [`w${String(i)}`, one])) }, etag: '"1"' }
}

function wired(answers: (etag: string | null) => Heard) {
  const asked: (string | null)[] = []
  const heard: Heard[] = []
  const told: Heard[] = []
  const ask = (etag: string | null): Promise<Heard> => {
    asked.push(etag)
    return Promise.resolve(answers(etag))
  }
  const poller = new Poller({ ask, hear: (one) => heard.push(one), tell: (one) => told.push(one), random: () => 0 })
  return { poller, asked, heard, told }
}

describe('Poller', () => {
  it('asks once per expiry, with the ETag it has', async () => {
    const { poller, asked, told } = wired((etag) => (etag === null ? board(envelope(60)) : { kind: 'same' }))
    await poller.ask()
    poller.lead()
    await vi.advanceTimersByTimeAsync(59_000)
    expect(asked).toEqual([null])
    await vi.advanceTimersByTimeAsync(2000)
    expect(asked).toEqual([null, '"1"'])
    expect(told).toHaveLength(2)
    poller.stop()
  })

  it('does not ask while it rests, and asks at once if it is late when it leads again', async () => {
    const { poller, asked } = wired(() => board(envelope(30)))
    await poller.ask()
    poller.lead()
    poller.rest()
    await vi.advanceTimersByTimeAsync(600_000)
    expect(asked).toHaveLength(1)
    poller.lead()
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toHaveLength(2)
    poller.stop()
  })

  it('waits as long as Retry-After says', async () => {
    const problem = { type: 'x/too-many-requests', title: '', status: 429, detail: '', retry_after: 120 }
    const { poller, asked } = wired(() => ({ kind: 'problem', problem }))
    poller.lead()
    await vi.advanceTimersByTimeAsync(119_000)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(2000)
    expect(asked).toHaveLength(2)
    poller.stop()
  })

  it('takes over what another tab heard, and need not ask', async () => {
    const { poller, asked, heard } = wired(() => board(envelope(30)))
    await poller.ask()
    poller.lead()
    await vi.advanceTimersByTimeAsync(20_000)
    poller.hearElsewhere(board(envelope(300)))
    await vi.advanceTimersByTimeAsync(100_000)
    expect(asked).toHaveLength(1)
    expect(heard).toHaveLength(2)
    poller.stop()
  })

  it('asks once when asked twice at a time', async () => {
    const { poller, asked } = wired(() => board(envelope(30)))
    await Promise.all([poller.ask(), poller.hurry()])
    expect(asked).toHaveLength(1)
    poller.stop()
  })
})

describe('patch', () => {
  it('keeps the objects of what has not changed', () => {
    const before = { a: envelope(60), b: envelope(60) }
    const after = { a: { ...before.a }, b: envelope(60, { data: [2] }) }
    const found = patch(before, after)
    expect(found.a).toBe(before.a)
    expect(found.b).toBe(after.b)
    expect(patch(before, { a: { ...before.a }, b: { ...before.b } })).toBe(before)
  })

  it('calls what was kept stale once its time is over', () => {
    const found = asKept({ widgets: { a: envelope(-1), b: envelope(60) } }, Date.now())
    expect([found.a?.state, found.b?.state]).toEqual(['stale', 'fresh'])
  })

  it('counts what is wrong, and not what is merely late', () => {
    const error = { type: 'x', title: '', status: 502, detail: '' }
    const found = troubles({ a: envelope(1, { state: 'stale', error }), b: envelope(1, { state: 'stale' }), c: envelope(1, { state: 'error' }) })
    expect(found).toEqual({ stale: ['a'], failing: ['c'] })
  })
})
