/** Where cards stand, for each number of columns: pure, and the same whether a mouse or a key moves them. */
import type { Box, Boxes, Dashboard, Item } from '@/api/types'

export const WIDEST = 12
export const BREAKPOINTS = [
  { columns: 12, from: 1200 },
  { columns: 8, from: 900 },
  { columns: 4, from: 600 },
  { columns: 1, from: 0 },
] as const
export type Columns = (typeof BREAKPOINTS)[number]['columns']

export const LEAST = { w: 2, h: 4 }
export function columnsFor(width: number): Columns {
  return BREAKPOINTS.find((one) => width >= one.from)?.columns ?? 1
}

/** The ids as they are read: row by row, from the left. */
export function readingOrder(boxes: Boxes): string[] {
  const entries = Object.entries(boxes)
  return entries.sort(([, a], [, b]) => a.y - b.y || a.x - b.x).map(([id]) => id)
}

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

/** The first free place for a card of this size, from the top. */
export function firstFree(taken: readonly Box[], size: { w: number; h: number }, columns: number, from = 0): Box {
  const w = Math.min(size.w, columns)
  for (let y = from; ; y++) {
    for (let x = 0; x + w <= columns; x++) {
      const box = { x, y, w, h: size.h }
      if (!taken.some((one) => overlap(one, box))) return box
    }
  }
}

export function bottom(boxes: Boxes): number {
  return Object.values(boxes).reduce((lowest, one) => Math.max(lowest, one.y + one.h), 0)
}

/** Makes a layout for fewer columns, in reading order: halves stay halves, what was wider or stands last and alone takes the row. */
export function derive(boxes: Boxes, from: number, to: number): Boxes {
  const placed: Boxes = {}
  for (const id of readingOrder(boxes)) {
    const box = boxes[id]
    if (!box) continue
    const w = to > 1 && box.w / from <= 0.5 ? to / 2 : to
    placed[id] = to === 1 ? { x: 0, y: bottom(placed), w, h: box.h } : firstFree(Object.values(placed), { w, h: box.h }, to)
  }
  return widened(placed, readingOrder(placed).at(-1), to)
}

function widened(boxes: Boxes, id: string | undefined, columns: number): Boxes {
  const box = id === undefined ? undefined : boxes[id]
  if (id === undefined || !box) return boxes
  const wide = { ...box, x: 0, w: columns }
  return others(boxes, id).some((one) => overlap(one, wide)) ? boxes : { ...boxes, [id]: wide }
}

function own(items: readonly Item[]): Boxes {
  return Object.fromEntries(items.map(({ id, x, y, w, h }) => [id, { x, y, w, h }]))
}

/** The boxes of a dashboard for some columns: its own layout there, else one made from the next wider. */
export function boxesOf(dashboard: Pick<Dashboard, 'layout_json' | 'settings_json'>, columns: number): Boxes {
  const items = dashboard.layout_json
  if (columns === WIDEST) return settle(own(items), WIDEST)
  const wider = BREAKPOINTS.findLast((one) => one.columns > columns)?.columns ?? WIDEST
  const derived = (): Boxes => derive(boxesOf(dashboard, wider), wider, columns)
  const kept = dashboard.settings_json.layouts?.[String(columns)]
  if (!kept) return derived()
  const boxes: Boxes = {}
  const rest: Item[] = []
  for (const item of items) {
    const box = kept[item.id]
    if (isBox(box)) boxes[item.id] = clamp(box, columns)
    else rest.push(item)
  }
  const wanted = rest.length > 0 ? derived() : {}
  for (const item of rest) {
    const size = wanted[item.id] ?? item
    boxes[item.id] = firstFree(Object.values(boxes), size, columns, columns === 1 ? bottom(boxes) : 0)
  }
  return settle(boxes, columns)
}

function isBox(value: unknown): value is Box {
  if (typeof value !== 'object' || value === null) return false
  return (['x', 'y', 'w', 'h'] as const).every((key) => Number.isInteger((value as Record<string, unknown>)[key]))
}

export function clamp(box: Box, columns: number): Box {
  const w = Math.min(Math.max(box.w, Math.min(LEAST.w, columns)), columns)
  const h = Math.max(box.h, 1)
  return { w, h, x: Math.min(Math.max(box.x, 0), columns - w), y: Math.max(box.y, 0) }
}

/** Lets every card fall up as far as it can, after those above it; one card can be held first in line. */
export function settle(boxes: Boxes, columns: number, first?: string): Boxes {
  const settled: Boxes = {}
  const held = first === undefined ? undefined : boxes[first]
  const order = readingOrder(boxes).filter((id) => id !== first)
  if (first !== undefined && held) {
    const at = order.findIndex((id) => (boxes[id]?.y ?? 0) >= held.y)
    order.splice(at < 0 ? order.length : at, 0, first)
  }
  for (const id of order) {
    const box = boxes[id]
    if (box) settled[id] = fall(clamp(box, columns), Object.values(settled))
  }
  return settled
}

function fall(box: Box, above: readonly Box[]): Box {
  let y = above.filter((one) => one.x < box.x + box.w && box.x < one.x + one.w).reduce((top, one) => Math.max(top, one.y + one.h), 0)
  while (y > 0 && !above.some((one) => overlap(one, { ...box, y: y - 1 }))) y--
  return { ...box, y }
}

/** One step of an arrow key: sideways by a cell, up and down past the neighbour there. */
export function move(boxes: Boxes, id: string, dx: number, dy: number, columns: number): Boxes {
  const box = boxes[id]
  if (!box) return boxes
  const target = { ...box, x: box.x + dx }
  if (dy < 0) target.y = edgeAbove(boxes, id, box)
  if (dy > 0) target.y = edgeBelow(boxes, id, box)
  return settle({ ...boxes, [id]: clamp(target, columns) }, columns, id)
}

function edgeAbove(boxes: Boxes, id: string, box: Box): number {
  const above = others(boxes, id).filter((one) => one.y + one.h <= box.y && sharesColumn(one, box))
  return above.reduce((top, one) => Math.max(top, one.y), 0)
}

/** Just past the nearest card below, so that this one falls in under it. */
function edgeBelow(boxes: Boxes, id: string, box: Box): number {
  const below = others(boxes, id).filter((one) => one.y >= box.y + box.h && sharesColumn(one, box))
  const nearest = below.reduce((top, one) => Math.min(top, one.y + one.h), Infinity)
  return nearest === Infinity ? box.y : nearest
}

function sharesColumn(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w
}

function others(boxes: Boxes, id: string): Box[] {
  return Object.entries(boxes).flatMap(([one, box]) => (one === id ? [] : [box]))
}

export function resize(boxes: Boxes, id: string, dw: number, dh: number, columns: number): Boxes {
  const box = boxes[id]
  if (!box) return boxes
  const h = Math.max(box.h + dh, LEAST.h)
  const w = Math.min(Math.max(box.w + dw, Math.min(LEAST.w, columns)), columns - box.x)
  return settle({ ...boxes, [id]: { ...box, w, h } }, columns, id)
}

/** A dashboard with these boxes for some columns: in its items at the widest, in its settings below. */
export function withBoxes<D extends Pick<Dashboard, 'layout_json' | 'settings_json'>>(dashboard: D, columns: number, boxes: Boxes): D {
  if (columns === WIDEST) return { ...dashboard, layout_json: dashboard.layout_json.map((item) => ({ ...item, ...boxes[item.id] })) }
  const layouts = { ...dashboard.settings_json.layouts, [columns]: boxes }
  return { ...dashboard, settings_json: { ...dashboard.settings_json, layouts } }
}

/** A dashboard without an item, in all its layouts. */
export function withoutItem<D extends Pick<Dashboard, 'layout_json' | 'settings_json'>>(dashboard: D, id: string): D {
  const layout_json = dashboard.layout_json.filter((item) => item.id !== id)
  const { layouts, ...rest } = dashboard.settings_json
  if (!layouts) return { ...dashboard, layout_json }
  const cleaned = Object.fromEntries(
    Object.entries(layouts).map(([columns, boxes]) => [columns, Object.fromEntries(Object.entries(boxes).filter(([one]) => one !== id))]),
  )
  return { ...dashboard, layout_json, settings_json: { ...rest, layouts: cleaned } }
}

/** A dashboard with one more item, at the first free place of the widest layout. */
export function withItem<D extends Pick<Dashboard, 'layout_json' | 'settings_json'>>(dashboard: D, item: Omit<Item, keyof Box>, size: { w: number; h: number }): D {
  const boxes = boxesOf(dashboard, WIDEST)
  const box = firstFree(Object.values(boxes), size, WIDEST)
  return { ...dashboard, layout_json: [...dashboard.layout_json.map((one) => ({ ...one, ...boxes[one.id] })), { ...item, ...box }] }
}
