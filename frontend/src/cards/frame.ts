import type { Envelope } from '../api/types'
import { moment } from './age'
import { isEmpty } from './data'

export interface Frame {
  /** What fills the card. */
  readonly body: 'loading' | 'pending' | 'data' | 'empty' | 'error'
  /** When the data was fetched; null where there is none. */
  readonly at: number | null
  readonly amber: boolean
  readonly note: boolean
}

/** What a card shows: data wherever there is any, whatever has happened since. */
export function frameOf(envelope: Envelope | null, now: number, ttl: number): Frame {
  if (!envelope) return { body: 'loading', at: null, amber: false, note: false }
  const there = !isEmpty(envelope.data)
  const at = moment(envelope.fetched_at)
  if (envelope.state === 'pending') return { body: there ? 'data' : 'pending', at: there ? at : null, amber: false, note: false }
  if (envelope.state === 'error') return { body: 'error', at: null, amber: false, note: false }
  const stale = envelope.state === 'stale'
  const late = stale && at !== null && ttl > 0 && now - at > 2 * ttl
  return { body: there ? 'data' : 'empty', at, amber: stale, note: stale && (envelope.error !== null || late) }
}
