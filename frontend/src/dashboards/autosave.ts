/** Saves a dashboard as it is edited: one request at a time, the last state wins, and nobody's change is lost. */
import type { Result } from '@/api/client'
import type { Problem } from '@/api/types'
import type { Tagged } from './calls'
import { merge, same, type Content } from './conflict'

export type SaveState = 'saved' | 'waiting' | 'saving' | 'failed' | 'conflict'

export interface Conflict {
  base: Content
  mine: Content
  theirs: Content
  clashes: string[]
}

export interface SaverWiring {
  put: (change: Partial<Content>, etag: string | null) => Promise<Result<Tagged>>
  ask: () => Promise<Result<Tagged>>
  onState: (state: SaveState, problem: Problem | null) => void
  onSaved: (saved: Tagged) => void
  /** Another tab's changes were put together with these. */
  onMerged: (content: Content) => void
  onConflict: (conflict: Conflict) => void
}

const SOON = 500
const LATER = 5000
const CHANGED = 412
const FIELDS = ['name', 'layout_json', 'settings_json'] as const

export function contentOf({ name, layout_json, settings_json }: Content): Content {
  return { name, layout_json, settings_json }
}

export function difference(base: Content, now: Content): Partial<Content> {
  const fields = FIELDS.filter((field) => !same(base[field], now[field]))
  return Object.fromEntries(fields.map((field) => [field, now[field]]))
}

export class Saver {
  private next: Content | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private running: Promise<void> | null = null
  private conflict = false
  private base: Content
  private etag: string | null
  private readonly wiring: SaverWiring

  constructor(base: Content, etag: string | null, wiring: SaverWiring) {
    this.base = contentOf(base)
    this.etag = etag
    this.wiring = wiring
  }

  get busy(): boolean {
    return this.next !== null || this.running !== null
  }

  push(content: Content): void {
    this.next = contentOf(content)
    if (this.conflict) return
    this.wiring.onState('waiting', null)
    this.after(SOON)
  }

  /** Sends what waits, and what comes meanwhile. */
  flush(): Promise<void> {
    clearTimeout(this.timer)
    this.running ??= this.run().finally(() => (this.running = null))
    return this.running
  }

  /** Ends a conflict with what is to be saved; null takes what the other side saved. */
  resolve(content: Content | null): Promise<void> {
    this.conflict = false
    this.next = content === null ? null : contentOf(content)
    if (content === null) this.wiring.onState('saved', null)
    return this.flush()
  }

  private after(delay: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.flush(), delay)
  }

  private async run(): Promise<void> {
    while (this.next && !this.conflict) {
      const mine = this.next
      const change = difference(this.base, mine)
      if (Object.keys(change).length === 0) {
        this.next = null
        this.wiring.onState('saved', null)
        return
      }
      this.wiring.onState('saving', null)
      const known = this.etag === null ? await this.catchUp(mine) : true
      if (!known) return
      if (this.etag !== null && mine === this.next && !(await this.send(change, mine))) return
    }
  }

  private async send(change: Partial<Content>, mine: Content): Promise<boolean> {
    const found = await this.wiring.put(change, this.etag)
    if (found.ok) {
      this.base = mine
      this.etag = found.data.etag
      if (this.next === mine) this.next = null
      this.wiring.onSaved(found.data)
      this.wiring.onState(this.next ? 'waiting' : 'saved', null)
      return true
    }
    if (found.problem.status === CHANGED) return this.catchUp(mine)
    this.fail(found.problem)
    return false
  }

  /** Reads what is saved by now, and puts it together with what is not saved yet. */
  private async catchUp(mine: Content): Promise<boolean> {
    const found = await this.wiring.ask()
    if (!found.ok) {
      this.fail(found.problem)
      return false
    }
    const theirs = contentOf(found.data.dashboard)
    const base = this.base
    this.base = theirs
    this.etag = found.data.etag
    if (same(base, theirs)) return true
    const wanted = this.next ?? mine
    const { content, clashes } = merge(base, wanted, theirs)
    if (clashes.length > 0) {
      this.conflict = true
      this.wiring.onState('conflict', null)
      this.wiring.onConflict({ base, mine: wanted, theirs, clashes })
      return false
    }
    this.next = content
    this.wiring.onMerged(content)
    return true
  }

  private fail(problem: Problem): void {
    this.wiring.onState('failed', problem)
    const passing = problem.status === 0 || problem.status >= 500 || problem.status === 429
    if (passing) this.after((problem.retry_after ?? 0) * 1000 || LATER)
  }
}
