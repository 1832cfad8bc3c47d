import { expect, it } from 'vitest'
import { cityOf, starterItems } from '@/dashboards/starter'

it.each([['Europe/Berlin', 'Berlin'], ['America/Argentina/Buenos_Aires', 'Buenos Aires'], ['UTC', 'Berlin'], ['Etc/GMT+3', 'Berlin']])(
  '%s is in %s',
  (timezone, city) => {
    expect(cityOf(timezone)).toBe(city)
  },
)

it('has the five providers, and units of the place', () => {
  expect(starterItems('UTC', 'de-DE').map((one) => one.widget).sort()).toEqual(['crypto', 'github', 'news', 'status', 'weather'])
  expect(starterItems('America/Chicago', 'en-US')[0]?.params).toEqual({ city: 'Chicago', units: 'imperial' })
})
