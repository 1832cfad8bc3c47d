/** New answers over old ones: what has not changed stays the same object, so that its card is not drawn again. */
import { isRecord } from '@/api/problem'
import type { Board, Envelope } from '@/api/types'

export type Envelopes = Readonly<Record<string, Envelope>>

export function patch(before: Envelopes, after: Envelopes): Envelopes {
  let changed = Object.keys(before).length !== Object.keys(after).length
  const entries = Object.entries(after).map(([id, now]) => {
    const was = before[id]
    if (was && JSON.stringify(was) === JSON.stringify(now)) return [id, was] as const
    changed = true
    return [id, now] as const
  })
  return changed ? Object.fromEntries(entries) : before
}

export function isBoard(value: unknown): value is Board {
  return isRecord(value) && isRecord(value.widgets)
}

/** What was kept on this device: the data as it was, stale by now, and said to be so. */
export function asKept(board: Board, now: number): Envelopes {
  return Object.fromEntries(
    Object.entries(board.widgets).map(([id, one]) => {
      const expired = one.expires_at !== null && Date.parse(one.expires_at) < now
      const state = one.state === 'fresh' && expired ? ('stale' as const) : one.state
      return [id, { ...one, state, job: null }]
    }),
  )
}

/** How many cards are stale, and how many have nothing to show. */
export function troubles(envelopes: Envelopes): { stale: string[]; failing: string[] } {
  const of = (state: Envelope['state']): string[] => Object.keys(envelopes).filter((id) => envelopes[id]?.state === state)
  return { stale: of('stale').filter((id) => envelopes[id]?.error), failing: of('error') }
}
