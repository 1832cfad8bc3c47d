/** Data of each kind that there is a card for, as small as shows all that a card can: to draw cards with beforehand. */
import type { Item } from '../api/types'

const HOUR = 3_600_000

export type Sample = [widget: string, data: unknown, params?: Item['params']]

export function samples(now: number): Sample[] {
  const at = (hours: number): string => new Date(now + hours * HOUR).toISOString()
  const hours = Array.from({ length: 24 }, (_, i) => i)
  const url = 'https://example.org'
  return [
    ['news', [1, 2, 3].map((n) => ({ title: 'A story', url, source: 'Paper', author: 'Nora', published_at: at(-n) }))],
    ['crypto', [-1, 0, 1].map((n) => ({ symbol: 'btc', name: 'Bitcoin', price: 10 ** (3 * n), change_percentage_24h: n, sparkline_7d: hours })), { currency: 'usd' }],
    ['status', ['up', 'degraded', 'down'].map((status) => ({ url: `${url}/${status}`, status, response_time_ms: 1200, status_code: 500, error_kind: 'http', history: hours.map((n) => ({ hour: at(n - 24), up: n % 3, down: n % 2 })) }))],
    ['github', ['PushEvent', 'ForkEvent'].map((type, n) => ({ type, repo: 'a/b', summary: 'Pushed 2 commits to main in a/b: done', url, created_at: at(-n) }))],
    ['weather', {
      city_name: 'Oslo', temp: 7.6, feels_like: 6.3, humidity: 70, pressure: 1014, wind_speed: 6.7, wind_direction: 251, description: 'light rain', icon: '10d',
      sunrise: at(-6), sunset: at(6), hourly: hours.map((n) => ({ at: at(n - 12), temp: (n * n) % 11 })),
      forecast: hours.slice(0, 7).map((n) => ({ date: at(24 * n).slice(0, 10), temp_min: n - 2, temp_max: n + 5, description: 'overcast', icon: '04d' })),
    }],
  ]
}
