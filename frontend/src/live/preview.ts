/** One widget's data before it is on a dashboard: from the cache, or once its first fetch is done. */
import { read } from '@/api/client'
import { isRecord } from '@/api/problem'
import type { Envelope, Params } from '@/api/types'

const ACCEPTED = 202
const TRIES = 4

export async function preview(widget: string, params: Params): Promise<Envelope> {
  for (let left = TRIES; ; left--) {
    const found = await read(`/api/data/${encodeURIComponent(widget)}`, params, { Prefer: 'wait=5' })
    if (!found.ok) return envelope('error', null, { error: { ...found.problem, errors: found.problem.errors ?? {} } })
    if (found.response.status !== ACCEPTED) return fetched(found.data, found.response)
    const job = isRecord(found.data) && typeof found.data.job === 'string' ? found.data.job : null
    if (left <= 1) return envelope('pending', null, { job })
  }
}

function fetched(data: unknown, response: Response): Envelope {
  const age = Number(response.headers.get('Age') ?? 0)
  const life = Number(/max-age=(\d+)/.exec(response.headers.get('Cache-Control') ?? '')?.[1] ?? 0)
  const at = Date.now() - age * 1000
  const times = { fetched_at: new Date(at).toISOString(), expires_at: new Date(at + life * 1000).toISOString() }
  return envelope(life > age ? 'fresh' : 'stale', data, times)
}

function envelope(state: Envelope['state'], data: unknown, rest: Partial<Envelope>): Envelope {
  return { state, data, fetched_at: null, expires_at: null, error: null, job: null, ...rest }
}
