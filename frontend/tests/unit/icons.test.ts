import * as lucide from '@lucide/vue'
import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { drawn } from '@/ui/drawn'
import { outline } from '../../icons'

it.each([
  ['a path', [['path', { d: 'M1 2h3', key: 'a' }]], 'M1 2h3'],
  ['paths that begin with a relative step', [['path', { d: 'm1 2 3 4' }], ['path', { d: 'm5 6 7 8' }]], 'M0 0m1 2 3 4M0 0m5 6 7 8'],
  ['a line', [['line', { x1: '1', x2: '3', y1: '2', y2: '4' }]], 'M1 2L3 4'],
  ['a circle', [['circle', { cx: '12', cy: '12', r: '3' }]], 'M9 12a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z'],
  ['an ellipse', [['ellipse', { cx: '12', cy: '5', rx: '9', ry: '3' }]], 'M3 5a9 3 0 1 0 18 0a9 3 0 1 0 -18 0Z'],
  ['a rectangle', [['rect', { x: '1', y: '2', width: '3', height: '4' }]], 'M1 2h3v4h-3v-4Z'],
  ['a rectangle with round corners', [['rect', { x: '3', y: '3', width: '8', height: '6', rx: '1' }]], 'M4 3h6a1 1 0 0 1 1 1v4a1 1 0 0 1 -1 1h-6a1 1 0 0 1 -1 -1v-4a1 1 0 0 1 1 -1Z'],
  ['lines through points', [['polyline', { points: '1 2 3 4' }], ['polygon', { points: '1,2 3,4 5,6' }]], 'M1 2 3 4M1,2 3,4 5,6Z'],
  ['a dot that its stroke covers', [['circle', { cx: '7.5', cy: '7.5', r: '.5', fill: 'currentColor' }]], 'M7 7.5a0.5 0.5 0 1 0 1 0a0.5 0.5 0 1 0 -1 0Z'],
] as const)('%s becomes one path', (_, shapes, path) => {
  expect(outline(shapes)).toBe(path)
})

it('what a stroke cannot draw stays as it is', () => {
  expect(outline([['path', { d: 'M1 2' }], ['rect', { width: '2', height: '2', fill: 'currentColor' }]])).toBeNull()
  expect(outline([['text', {}]])).toBeNull()
})

it('almost all of the icons become one path', () => {
  const nodes = Object.values(lucide.icons) as unknown as ((props: object, context: { slots: object }) => { props: { icon: { node: Parameters<typeof outline>[0] } } })[]
  const kept = nodes.filter((icon) => outline(icon({}, { slots: {} }).props.icon.node) === null)
  expect(nodes.length).toBeGreaterThan(1000)
  expect(kept.length).toBeLessThan(10)
})

it('an icon takes its class from where it stands, and is nothing to be read', () => {
  const icon = mount(drawn('M1 2h3'), { attrs: { class: 'icon', 'aria-hidden': 'true' } })
  expect(icon.html()).toBe('<svg class="drawn icon" viewBox="0 0 24 24" aria-hidden="true">\n  <path d="M1 2h3"></path>\n</svg>')
})
