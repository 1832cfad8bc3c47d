/**
 * Keeps one dashboard's data current: one conditional request at a time, when something may have changed.
 * Of all tabs that show it, the one that holds the lock asks; the others hear what it heard.
 */
import type { Board, Problem } from '@/api/types'
import { nextPoll, isWaiting } from './next-poll'

export type Heard =
  | { kind: 'board'; board: Board; etag: string | null }
  | { kind: 'same' }
  | { kind: 'problem'; problem: Problem }

export interface Wiring {
  ask: (etag: string | null) => Promise<Heard>
  hear: (heard: Heard) => void
  /** Tells the other tabs; they answer to hearElsewhere. */
  tell: (heard: Heard) => void
  now?: () => number
  random?: () => number
}

export class Poller {
  private timer: ReturnType<typeof setTimeout> | undefined
  private etag: string | null = null
  private envelopes: Board['widgets'] = {}
  private failures = 0
  private waits = 0
  private dueAt = 0
  private asking: Promise<void> | null = null
  private leading = false
  private stopped = false
  private readonly wiring: Wiring

  constructor(wiring: Wiring) {
    this.wiring = wiring
  }

  /** Begins to ask by itself, at once if it is time. */
  lead(): void {
    this.leading = true
    this.schedule(Math.max(0, this.dueAt - this.now()))
  }

  /** Leaves the asking to another tab, or to later. */
  rest(): void {
    this.leading = false
    clearTimeout(this.timer)
  }

  stop(): void {
    this.stopped = true
    this.rest()
  }

  /** Asks now, whoever leads. */
  ask(): Promise<void> {
    this.asking ??= this.once().finally(() => (this.asking = null))
    return this.asking
  }

  /** The network is back, or a refresh was asked for: all patience starts anew. */
  hurry(): Promise<void> {
    this.failures = 0
    this.waits = 0
    return this.ask()
  }

  hearElsewhere(heard: Heard): void {
    this.take(heard)
    if (this.leading) this.plan(heard)
  }

  private async once(): Promise<void> {
    clearTimeout(this.timer)
    const heard = await this.wiring.ask(this.etag)
    if (this.stopped) return
    this.take(heard)
    this.wiring.tell(heard)
    this.plan(heard)
  }

  private take(heard: Heard): void {
    if (heard.kind === 'board') {
      this.etag = heard.etag
      this.envelopes = heard.board.widgets
    }
    this.failures = heard.kind === 'problem' ? this.failures + 1 : 0
    this.waits = Object.values(this.envelopes).some(isWaiting) ? this.waits + 1 : 0
    this.wiring.hear(heard)
  }

  private plan(heard: Heard): void {
    const delay = nextPoll({
      now: this.now(),
      envelopes: Object.values(this.envelopes),
      failures: this.failures,
      waits: this.waits,
      retryAfter: heard.kind === 'problem' ? heard.problem.retry_after : undefined,
      random: (this.wiring.random ?? Math.random)(),
    })
    this.dueAt = this.now() + delay
    if (this.leading) this.schedule(delay)
  }

  private schedule(delay: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.ask(), delay)
  }

  private now(): number {
    return (this.wiring.now ?? Date.now)()
  }
}
