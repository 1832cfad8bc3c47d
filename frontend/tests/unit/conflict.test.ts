import { describe, expect, it } from 'vitest'
import type { Item } from '@/api/types'
import { changes, merge, type Content } from '@/dashboards/conflict'

function item(id: string, given: Partial<Item> = {}): Item {
  return { id, widget: 'news', params: { topic: id }, x: 0, y: 0, w: 4, h: 9, ...given }
}

function content(...layout_json: Item[]): Content {
  return { name: 'Morning', layout_json, settings_json: {} }
}

const BASE = content(item('a'), item('b'))

describe('merge', () => {
  it('puts together what does not meet', () => {
    const mine = content(item('a', { x: 4 }), item('b'))
    const theirs = content(item('a'), item('b', { title: 'Sea' }), item('c'))
    const { content: found, clashes } = merge(BASE, mine, theirs)
    expect(clashes).toEqual([])
    expect(found.layout_json).toEqual([item('a', { x: 4 }), item('b', { title: 'Sea' }), item('c')])
  })

  it('names what both changed', () => {
    const { content: found, clashes } = merge(BASE, content(item('a', { x: 4 }), item('b')), content(item('a', { x: 8 }), item('b')))
    expect(clashes).toEqual(['a'])
    expect(found.layout_json[0]?.x).toBe(4)
  })

  it('removes what one side removed, and keeps what the other changed meanwhile', () => {
    expect(merge(BASE, content(item('b')), BASE).content.layout_json).toEqual([item('b')])
    expect(merge(BASE, BASE, content(item('b'))).content.layout_json).toEqual([item('b')])
    const kept = merge(BASE, content(item('b')), content(item('a', { x: 8 }), item('b')))
    expect(kept.clashes).toEqual(['a'])
    expect(kept.content.layout_json).toContainEqual(item('a', { x: 8 }))
    const mineKept = merge(BASE, content(item('a', { x: 8 }), item('b')), content(item('b')))
    expect(mineKept.clashes).toEqual(['a'])
    expect(mineKept.content.layout_json).toContainEqual(item('a', { x: 8 }))
  })

  it('does not mind the order of keys, nor the same change twice', () => {
    const { w, ...rest } = item('a', { x: 4 })
    expect(merge(BASE, content(item('a', { x: 4 }), item('b')), content({ w, ...rest }, item('b'))).clashes).toEqual([])
  })

  it('merges the name and the settings each for itself', () => {
    const { content: found, clashes } = merge(BASE, { ...BASE, name: 'Evening' }, { ...BASE, settings_json: { timezone: 'UTC' } })
    expect(found).toMatchObject({ name: 'Evening', settings_json: { timezone: 'UTC' } })
    expect(clashes).toEqual([])
  })
})

describe('changes', () => {
  it('says what was done to each item', () => {
    const now = content(item('a', { x: 4 }), item('b', { title: 'Sea' }), item('c'))
    expect(changes(BASE, now).map(({ id, kind }) => [id, kind])).toEqual([['a', 'moved'], ['b', 'changed'], ['c', 'added']])
    expect(changes(BASE, content(item('b'))).map((one) => one.kind)).toEqual(['removed'])
  })
})
