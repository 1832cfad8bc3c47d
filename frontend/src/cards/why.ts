import type { Run } from '../api/types'

export type Outcome = Run['outcome']
const GOOD = new Set<Outcome>(['succeeded', 'not_modified'])
export const LIGHTS = { succeeded: 'up', not_modified: 'up', timed_out: 'degraded', failed: 'down' } as const

/** How many of the last fetches failed in a row, newest first, and since when. */
export function failing(runs: readonly Run[]): { count: number; since: Run | null } {
  const end = runs.findIndex((run) => GOOD.has(run.outcome))
  const bad = end < 0 ? runs : runs.slice(0, end)
  return { count: bad.length, since: bad.at(-1) ?? null }
}
