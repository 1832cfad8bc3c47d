/** A first dashboard that needs no key, with the weather of where the clock says we are. */
import type { Item } from '@/api/types'

const SOMEWHERE = 'Berlin'
const NO_CITY = /^(?:Etc|GMT|UTC|Factory|EST|MST|HST|CET|EET|WET|MET)/

/** 'Europe/Berlin' is Berlin, 'America/Argentina/Buenos_Aires' is Buenos Aires; UTC is nowhere. */
export function cityOf(timezone: string): string {
  if (NO_CITY.test(timezone) || !timezone.includes('/')) return SOMEWHERE
  return timezone.split('/').at(-1)?.replaceAll('_', ' ') ?? SOMEWHERE
}

export function starterItems(timezone: string, language: string): Item[] {
  const units = /^en-(?:US|LR)\b/.test(language) ? 'imperial' : 'metric'
  const place = (x: number, y: number, w: number): Pick<Item, 'x' | 'y' | 'w' | 'h'> => ({ x, y, w, h: 9 })
  return [
    { id: 'weather', widget: 'weather', params: { city: cityOf(timezone), units }, ...place(0, 0, 4) },
    { id: 'crypto', widget: 'crypto', params: { symbols: ['btc', 'eth', 'sol'] }, ...place(4, 0, 3) },
    {
      id: 'status',
      widget: 'status',
      params: { urls: ['https://example.org', 'https://github.com', 'https://www.wikipedia.org'] },
      ...place(7, 0, 5),
    },
    { id: 'news', widget: 'news', params: { topic: 'open source' }, ...place(0, 9, 7) },
    { id: 'github', widget: 'github', params: { username: 'torvalds' }, ...place(7, 9, 5) },
  ]
}
