/** When to ask for a dashboard's data again: pure, in milliseconds. */
import type { Envelope } from '@/api/types'

export interface Asked {
  now: number
  envelopes: readonly Envelope[]
  /** Failed answers in a row. */
  failures: number
  /** Answers in a row in which something was on its way. */
  waits: number
  /** Seconds, of the last answer if it failed. */
  retryAfter?: number | undefined
  /** From 0 to 1. */
  random: number
}

const LEAST = 1000
const MOST = 5 * 60_000
const WAIT_MOST = 5000
const FAILED_FIRST = 2000
const AGAIN = 15_000

export function isWaiting(one: Envelope): boolean {
  return one.state === 'pending' || (one.job !== null && one.state !== 'fresh')
}

export function nextPoll({ now, envelopes, failures, waits, retryAfter, random }: Asked): number {
  if (retryAfter !== undefined) return retryAfter * 1000 + random * 2000
  if (failures > 0) return Math.min(FAILED_FIRST * 2 ** (failures - 1), MOST) * (0.8 + 0.4 * random)
  if (envelopes.some(isWaiting)) return Math.min(LEAST * 1.5 ** Math.max(0, waits - 1), WAIT_MOST) * (1 + 0.1 * random)
  const times = envelopes.map((one) => due(one, now)).filter((one) => one !== undefined)
  const earliest = times.length > 0 ? Math.min(...times) : MOST
  return Math.min(Math.max(earliest, LEAST), MOST) + random * 1500
}

/** When one widget may have something new: when it expires, or when its failed fetch is tried again. */
function due(one: Envelope, now: number): number | undefined {
  const retry = one.error?.retry_after
  if (retry !== undefined) return retry * 1000
  if (one.expires_at === null) return one.error ? AGAIN : undefined
  const left = Date.parse(one.expires_at) - now
  return left > 0 ? left : AGAIN
}
