/**
 * Draws the header and a card of each kind where nobody sees it, while somebody types their password: what the first
 * dashboard needs of the browser (code that is compiled at its first call, messages, formatters) is there when it comes.
 */
import { h, render, type App, type VNode } from 'vue'
import type { CatalogEntry, Envelope, Item } from '@/api/types'
import CardFrame from '@/cards/CardFrame.vue'
import { samples, type Sample } from '@/cards/samples'
import DashboardGrid from '@/grid/DashboardGrid.vue'
import DashboardHeader from './DashboardHeader.vue'

/** What has been done a few times is faster still. */
const ROUNDS = 3

/** Draws one thing in each moment in which the browser has nothing else to do; is done when all are drawn. */
export async function rehearse(app: App, slow = false): Promise<void> {
  // A slow device first shows its form undisturbed.
  if (slow) await typing()
  const all = [header, grid, ...samples(Date.now()).map((sample) => () => card(sample))]
  for (let round = 0; round < ROUNDS; round++) {
    for (const make of all) {
      await idle()
      draw(app, make())
    }
  }
}

function idle(): Promise<unknown> {
  // Safari has no idle callbacks.
  return new Promise((resolve) => ('requestIdleCallback' in window ? requestIdleCallback(resolve) : setTimeout(resolve, 50)))
}

/** Waits until somebody is in a field. */
async function typing(): Promise<void> {
  if (document.activeElement instanceof HTMLInputElement) return
  await new Promise((resolve) => document.addEventListener('focusin', resolve, { once: true }))
}

function draw(app: App, made: VNode): void {
  made.appContext = app._context
  const nowhere = document.createElement('div')
  render(made, nowhere)
  render(null, nowhere)
}

function header(): VNode {
  const names = [{ id: 'a', name: 'A' }, { id: 'b', name: 'B' }]
  return h(DashboardHeader, { current: 'a', name: 'A', names, email: 'a@example.org', editing: false, saving: 'saved', canUndo: false, stale: [], failing: [], problem: null })
}

function grid(): VNode {
  const boxes = { rehearsal: { x: 0, y: 0, w: 4, h: 9 } }
  return h(DashboardGrid, { items: [itemOf('news', {})], boxes, columns: 12, editing: false, titleOf: () => '' })
}

function itemOf(widget: string, params: Item['params']): Item {
  return { id: 'rehearsal', widget, params, x: 0, y: 0, w: 4, h: 9 }
}

function card([widget, data, params = {}]: Sample): VNode {
  const now = Date.now()
  const entry: CatalogEntry = { name: widget, title: widget, description: '', ttl: 300, view: '', params: {}, configured: true, attribution: 'https://example.org' }
  const envelope: Envelope = { state: 'fresh', data, fetched_at: new Date(now).toISOString(), expires_at: null, error: null, job: null }
  return h(CardFrame, { item: itemOf(widget, params), entry, envelope, now })
}
