import { describe, expect, it } from 'vitest'
import { boxesOf, columnsFor, derive, firstFree, move, overlap, readingOrder, resize, settle, withBoxes, withItem, withoutItem } from '@/grid/layout'
import type { Boxes, Dashboard, Item } from '@/api/types'

const BOXES: Boxes = {
  weather: { x: 0, y: 0, w: 4, h: 9 },
  crypto: { x: 4, y: 0, w: 3, h: 9 },
  status: { x: 7, y: 0, w: 5, h: 9 },
  news: { x: 0, y: 9, w: 7, h: 9 },
}

function dashboard(boxes: Boxes = BOXES, layouts?: Record<string, Boxes>): Dashboard {
  const layout_json: Item[] = Object.entries(boxes).map(([id, box]) => ({ id, widget: id, params: {}, ...box }))
  const times = { created_at: '2026-11-23T12:00:00Z', updated_at: '2026-11-23T12:00:00Z' }
  return { id: 'd', name: 'Morning', layout_json, settings_json: layouts ? { layouts } : {}, ...times }
}

function collisions(boxes: Boxes): number {
  const all = Object.values(boxes)
  return all.flatMap((a, i) => all.slice(i + 1).filter((b) => overlap(a, b))).length
}

describe('breakpoints', () => {
  it.each([[1920, 12], [1200, 12], [1199, 8], [900, 8], [899, 4], [600, 4], [599, 1], [320, 1]])('%i wide has %i columns', (width, columns) => {
    expect(columnsFor(width)).toBe(columns)
  })
})

describe('derive', () => {
  it.each([8, 4, 1])('fits %i columns without a collision, in reading order', (columns) => {
    const found = derive(BOXES, 12, columns)
    expect(collisions(found)).toBe(0)
    expect(readingOrder(found)).toEqual(readingOrder(BOXES))
    for (const box of Object.values(found)) expect(box.x + box.w).toBeLessThanOrEqual(columns)
  })

  it('stands cards side by side as long as there are columns, and lets none stand beside a hole at the end', () => {
    const board = dashboard({ a: { x: 0, y: 0, w: 4, h: 9 }, b: { x: 4, y: 0, w: 8, h: 9 }, c: { x: 0, y: 9, w: 5, h: 9 }, d: { x: 5, y: 9, w: 3, h: 5 }, e: { x: 8, y: 9, w: 3, h: 9 } })
    expect(boxesOf(board, 4)).toEqual({
      a: { x: 0, y: 0, w: 2, h: 9 }, b: { x: 0, y: 9, w: 4, h: 9 }, c: { x: 2, y: 0, w: 2, h: 9 }, d: { x: 0, y: 18, w: 2, h: 5 }, e: { x: 2, y: 18, w: 2, h: 9 },
    })
    expect(derive({ a: { x: 0, y: 0, w: 6, h: 9 } }, 12, 4)).toEqual({ a: { x: 0, y: 0, w: 4, h: 9 } })
    expect(derive({}, 12, 4)).toEqual({})
  })
})

describe('boxesOf', () => {
  it('keeps a layout of its own and puts what is new at its end', () => {
    const kept = { status: { x: 0, y: 0, w: 8, h: 6 }, weather: { x: 0, y: 6, w: 8, h: 9 }, crypto: { x: 0, y: 15, w: 8, h: 9 } }
    const found = boxesOf(dashboard(BOXES, { 8: kept }), 8)
    expect(found).toMatchObject(kept)
    expect(found.news).toEqual({ x: 0, y: 24, w: 8, h: 9 })
  })

  it('ignores what is no box', () => {
    const broken = { weather: { x: 'left' } } as unknown as Boxes
    expect(boxesOf(dashboard(BOXES, { 8: broken }), 8).weather).toBeDefined()
  })

  it('parts cards that were saved one upon the other', () => {
    const heap = { a: { x: 0, y: 0, w: 4, h: 4 }, b: { x: 2, y: 1, w: 4, h: 4 } }
    expect(collisions(boxesOf(dashboard(heap), 12))).toBe(0)
  })
})

describe('move', () => {
  it('goes a cell to the side, and not over the edge', () => {
    expect(move(BOXES, 'news', 1, 0, 12).news).toEqual({ x: 1, y: 9, w: 7, h: 9 })
    expect(move(BOXES, 'weather', -1, 0, 12)).toEqual(BOXES)
  })

  it('goes up past the card above, which gives way', () => {
    const found = move(BOXES, 'news', 0, -1, 12)
    expect(found.news?.y).toBe(0)
    expect(collisions(found)).toBe(0)
  })

  it('goes down past the card below', () => {
    const found = move(BOXES, 'weather', 0, 1, 12)
    expect(found.news?.y).toBeLessThan(found.weather?.y ?? 0)
    expect(collisions(found)).toBe(0)
  })

  it('reorders a list of one column', () => {
    const list = derive(BOXES, 12, 1)
    expect(readingOrder(move(list, 'crypto', 0, -1, 1))).toEqual(['crypto', 'weather', 'status', 'news'])
    expect(readingOrder(move(list, 'crypto', 0, 1, 1))).toEqual(['weather', 'status', 'crypto', 'news'])
  })
})

describe('resize', () => {
  it('stays inside the grid and above the least size', () => {
    expect(resize(BOXES, 'status', 1, 0, 12).status?.w).toBe(5)
    expect(resize(BOXES, 'crypto', -9, -9, 12).crypto).toMatchObject({ w: 2, h: 4 })
  })

  it('pushes the neighbours away', () => {
    expect(collisions(resize(BOXES, 'weather', 2, 3, 12))).toBe(0)
  })
})

describe('changes', () => {
  it('writes boxes where they belong', () => {
    const boxes = { ...BOXES, news: { x: 5, y: 9, w: 7, h: 9 } }
    expect(withBoxes(dashboard(), 12, boxes).layout_json.at(-1)).toMatchObject({ id: 'news', x: 5 })
    expect(withBoxes(dashboard(), 8, boxes).settings_json.layouts?.['8']).toEqual(boxes)
  })

  it('removes an item from every layout', () => {
    const found = withoutItem(dashboard(BOXES, { 8: BOXES }), 'news')
    expect(found.layout_json.map((one) => one.id)).not.toContain('news')
    expect(found.settings_json.layouts?.['8']).not.toHaveProperty('news')
  })

  it('adds an item where there is room', () => {
    const added = withItem(dashboard(), { id: 'new', widget: 'github', params: {} }, { w: 4, h: 9 }).layout_json.at(-1)
    expect(added).toMatchObject({ id: 'new', x: 7, y: 9, w: 4, h: 9 })
    expect(firstFree([], { w: 3, h: 6 }, 2)).toEqual({ x: 0, y: 0, w: 2, h: 6 })
  })

  it('settles without holes', () => {
    expect(settle({ a: { x: 0, y: 7, w: 4, h: 4 } }, 12).a?.y).toBe(0)
  })
})
