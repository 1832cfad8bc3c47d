import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import HourBars from '@/cards/parts/HourBars.vue'

type Light = 'up' | 'degraded' | 'down' | 'unknown'
const drawn = (lights: readonly Light[]): string[] => {
  const bars = mount(HourBars, { props: { hours: lights.map((light) => ({ light, at: null })) } })
  return bars.findAll('i').map((run) => `${run.classes().join()} ${run.element.style.getPropertyValue('--n')}`)
}

it('draws hours in a row that are alike as one, in their order', () => {
  expect(drawn(['unknown', 'unknown', 'up', 'up', 'up', 'down', 'up'])).toEqual(['unknown 2', 'up 3', 'down 1', 'up 1'])
  expect(drawn([])).toEqual([])
})
