import { describe, expect, it } from 'vitest'
import { line, scale, smooth, sparkline, thinned } from '../../src/cards/curve'
import { told } from '../../src/cards/purpose/github-data'
import { checks, counts, labelsOf } from '../../src/cards/purpose/status-data'
import { dayCurve, forecast, skyKey, weekday } from '../../src/cards/purpose/weather-data'
import { seriesOf, summary } from '../../src/cards/views/chart-data'
import { listRow } from '../../src/cards/views/list-rows'
import { stats } from '../../src/cards/views/stat-data'
import { columnsOf } from '../../src/cards/views/table-data'

const HOUR = 3_600_000
const NOW = Date.UTC(2026, 3, 16, 12, 32)
const iso = (at: number): string => new Date(at).toISOString()

describe('curves', () => {
  it('fit their box and keep their ends', () => {
    const points = sparkline(Array.from({ length: 168 }, (_, i) => i), 88, 28)
    expect(points).toHaveLength(48)
    expect(points[0]).toEqual({ x: 0, y: 25 })
    expect(points.at(-1)).toEqual({ x: 85, y: 3 })
  })
  it('stand in the middle where nothing changes', () => {
    expect(sparkline([5, 5], 88, 28).map((point) => point.y)).toEqual([14, 14])
    expect(scale(1, 1, 0, 10)(1)).toBe(5)
  })
  it('are paths', () => {
    const points = [{ x: 0, y: 1 }, { x: 10, y: 2.25 }]
    expect(line(points)).toBe('M0 1L10 2.3')
    expect(smooth(points)).toMatch(/^M0 1C/)
    expect(smooth([])).toBe('')
    expect(thinned([1, 2, 3], 5)).toEqual([1, 2, 3])
  })
})

describe('weather', () => {
  const midnight = Date.UTC(2026, 3, 15, 22)
  const hourly = Array.from({ length: 24 }, (_, i) => ({ at: iso(midnight + i * HOUR), temp: i < 14 ? i : 28 - i }))
  const data = { hourly, sunrise: iso(midnight + 6 * HOUR), sunset: iso(midnight + 18 * HOUR) }
  it('draws the local day of the place, with its own hours', () => {
    const curve = dayCurve(data, NOW)
    expect(curve?.hours.map((hour) => hour.label)).toEqual(['03', '06', '09', '12', '15', '18', '21'])
    expect(curve?.high).toMatchObject({ temp: 14, hour: '14:00' })
    expect(curve?.low).toMatchObject({ temp: 0, hour: '00:00' })
    expect(curve?.daylight).toEqual({ x: 115, width: 230 })
    expect(curve?.dot?.left).toBeCloseTo(60.6, 0)
  })
  it('draws nothing of too little', () => {
    expect(dayCurve({ hourly: hourly.slice(0, 2) }, NOW)).toBeNull()
    expect(dayCurve({ hourly: null }, NOW)).toBeNull()
    expect(dayCurve({ hourly: hourly.map((hour) => ({ ...hour, temp: null })) }, NOW)).toBeNull()
  })
  it('has no dot and no daylight where those are unknown or elsewhere', () => {
    const curve = dayCurve({ hourly }, NOW + 48 * HOUR)
    expect(curve?.dot).toBeNull()
    expect(curve?.daylight).toBeNull()
  })
  it('puts the coming days on one scale, without today', () => {
    const days = [0, 1, 2].map((i) => ({ date: `2026-04-${16 + i}`, temp_min: i * 5, temp_max: 10 + i * 5, icon: '01d', description: 'fog' }))
    const found = forecast({ ...data, forecast: days }, NOW)
    expect(found.map((day) => [day.date, day.from, day.to])).toEqual([
      ['2026-04-17', 0, 33],
      ['2026-04-18', 33, 0],
    ])
  })
  it('keeps a day without a temperature', () => {
    const found = forecast({ ...data, forecast: [{ date: '2026-04-17', temp_min: null, temp_max: null }] }, NOW)
    expect(found[0]).toMatchObject({ low: null, high: null, from: 0, to: 0 })
  })
  it('names days and skies', () => {
    expect(weekday('2026-04-17', 'en')).toBe('Fri')
    expect(weekday('soon', 'en')).toBe('soon')
    expect(skyKey('thunderstorm with light hail')).toBe('cards.sky.thunderstorm_with_light_hail')
  })
})

describe('status', () => {
  const row = { url: 'https://a.example/', status: 'up', status_code: 200, response_time_ms: 64, error_kind: null, certificate_expires_at: iso(NOW + 41 * 24 * HOUR + 1), history: [] }
  const one = (change: object) => checks([{ ...row, ...change }], NOW)[0]
  it('says why only where something is', () => {
    expect(one({})).toMatchObject({ light: 'up', why: null, days: 41, ms: 64 })
    expect(one({ status: 'degraded', response_time_ms: 2340 })?.why).toEqual({ key: 'slow', n: 2340 })
    expect(one({ status: 'degraded', certificate_expires_at: iso(NOW + 6.5 * 24 * HOUR) })?.why).toEqual({ key: 'ends', n: 6 })
    expect(one({ status: 'degraded', certificate_expires_at: iso(NOW - HOUR) })?.why).toEqual({ key: 'ended', n: 0 })
    expect(one({ status: 'down', error_kind: 'http', status_code: 502 })).toMatchObject({ why: { key: 'http', n: 502 }, ms: null })
    expect(one({ status: 'down', error_kind: 'dns' })?.why?.key).toBe('dns')
    expect(one({ status: 'down', error_kind: 'new one' })?.why?.key).toBe('other')
    expect(one({ status: 'odd' })?.light).toBe('unknown')
  })
  it('shows the worst of each hour', () => {
    const history = [{ up: 9, degraded: 1, down: 1 }, { up: 9, degraded: 1, down: 0 }, { up: 9 }, { up: 0, degraded: 0, down: 0 }]
    expect(one({ history })?.hours.map((hour) => hour.light)).toEqual(['down', 'degraded', 'up', 'unknown'])
  })
  it('labels by what differs', () => {
    expect(labelsOf(['https://a.example/', 'https://b.example/x?y=1', 'no url'])).toEqual(['a.example', 'b.example/x?y=1', 'no url'])
    expect(labelsOf(['http://h:1/site/a', 'http://h:1/site/b'])).toEqual(['/site/a', '/site/b'])
    expect(labelsOf(['http://h:1/site/a'])).toEqual(['h:1/site/a'])
  })
  it('counts, the worst first', () => {
    expect(counts([{ status: 'down' }, { status: 'up' }, { status: 'up' }])).toEqual([['down', 1], ['up', 2]])
  })
})

describe('github', () => {
  const row = (summary: string, repo: string | null = 'f/tide') => told({ summary, repo, url: 'https://github.com/f/tide', type: 'X', created_at: null })
  it('takes a sentence apart', () => {
    expect(row('Opened pull request #128 in f/tide: Cache: by zoom')).toMatchObject({ verb: 'Opened', what: 'pull request #128', title: 'Cache: by zoom', meta: ['f/tide'] })
    expect(row('Commented on issue #7 in f/tide: Wrong')).toMatchObject({ verb: 'Commented on', what: 'issue #7', title: 'Wrong' })
    expect(row('Starred f/tide')).toMatchObject({ verb: 'Starred', what: 'f/tide', meta: [] })
    expect(row('Pushed', null)).toMatchObject({ verb: 'Pushed', what: '', title: '', meta: [] })
    expect(row('')).toMatchObject({ verb: '', what: '' })
  })
  it('leads only to web addresses', () => {
    expect(told({ summary: 'x', url: 'javascript:alert(1)' }).url).toBeNull()
  })
})

describe('the views of any provider', () => {
  it('find a row’s title, link and time', () => {
    expect(listRow({ id: '7', name: 'Ship', url: 'https://x.example', seen: 'Oslo', at: iso(NOW), n: 4 })).toEqual({
      title: 'Ship',
      url: 'https://x.example',
      at: NOW,
      meta: ['Oslo', '4'],
    })
    expect(listRow({}).title).toBe('—')
  })
  it('find values', () => {
    expect(stats([{ label: 'High', value: 1.9, unit: 'm' }])).toEqual([{ label: 'High', value: 1.9, unit: 'm' }])
    expect(stats({ wind_speed: 3, id: 'x', gone: null })).toEqual([{ label: 'Wind speed', value: 3, unit: '' }])
    expect(stats(5)).toEqual([{ label: '', value: 5, unit: '' }])
    expect(stats(null)).toEqual([])
  })
  it('find a series', () => {
    expect(seriesOf([1, 2, 3])).toMatchObject({ xs: [0, 1, 2], ys: [1, 2, 3], timed: false })
    expect(seriesOf([{ at: iso(NOW), load: 2 }, { at: iso(NOW - HOUR), load: null }])).toMatchObject({ label: 'Load', ys: [null, 2], timed: true })
    expect(seriesOf({ title: 'x', points: [{ n: 1 }, { n: 4 }] })).toMatchObject({ label: 'N', ys: [1, 4] })
    expect(seriesOf({ a: 1 })).toBeNull()
    expect(seriesOf([])).toBeNull()
    const found = seriesOf([3, 1, 2])
    expect(found && summary(found)).toEqual({ low: 1, high: 3, last: 2 })
  })
  it('find columns', () => {
    expect(columnsOf([{ id: 1, name: 'a', knots: 1, tags: [] }, { name: 'b', knots: null }])).toEqual([
      { name: 'name', label: 'Name', numeric: false },
      { name: 'knots', label: 'Knots', numeric: true },
    ])
  })
})
