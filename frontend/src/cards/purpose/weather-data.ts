import { moment } from '../age'
import { scale, smooth, type Point } from '../curve'
import { number, records, text, type Row } from '../data'
import { timeFormat } from '../formats'

const HOUR = 3_600_000
const DAY = 24 * HOUR
export const WIDTH = 460
export const HEIGHT = 88
const TOP = 20
const BOTTOM = 80

interface Hour {
  readonly at: number
  readonly temp: number
}

export interface Mark {
  readonly left: number
  readonly top: number
  readonly temp: number
  readonly hour: string
}

export interface DayCurve {
  readonly line: string
  readonly area: string
  /** Where now is, from 0 to WIDTH; what is left of it is past. */
  readonly now: number
  readonly daylight: { readonly x: number; readonly width: number } | null
  readonly hours: readonly { readonly left: number; readonly label: string }[]
  readonly low: Mark
  readonly high: Mark
  readonly dot: { readonly left: number; readonly top: number } | null
}

function hoursOf(data: Row): Hour[] {
  return records(data.hourly).flatMap((row) => {
    const at = moment(row.at)
    const temp = number(row.temp)
    return at === null || temp === null ? [] : [{ at, temp }]
  })
}

/** Milliseconds that the place is ahead of UTC: a whole day of hours begins at its midnight, else the reader's own. */
export function offsetOf(hours: readonly Hour[]): number {
  const first = hours[0]
  if (!first || hours.length < 23) return -new Date(first?.at ?? 0).getTimezoneOffset() * 60_000
  const past = first.at % DAY
  return past > 10 * HOUR ? DAY - past : -past
}

/** Today's temperatures as a curve, drawn only where there are enough of them. */
export function dayCurve(data: Row, now: number): DayCurve | null {
  const hours = hoursOf(data)
  const [first, last] = [hours[0], hours.at(-1)]
  if (!first || !last || hours.length < 3) return null
  const offset = offsetOf(hours)
  const x = scale(first.at, hours.length < 23 ? last.at : first.at + DAY, 0, WIDTH)
  const temps = hours.map((one) => one.temp)
  const y = scale(Math.min(...temps), Math.max(...temps), BOTTOM, TOP)
  const points = hours.map((one) => ({ x: x(one.at), y: y(one.temp) }))
  const drawn = [...points, { x: WIDTH, y: goingOn(points) }]
  const mark = (temp: number): Mark => {
    const hour = hours.find((one) => one.temp === temp) ?? first
    return { left: percent(clamp(x(hour.at), 16, WIDTH - 16)), top: y(temp), temp, hour: `${label(hour.at, offset)}:00` }
  }
  const curve = smooth(drawn)
  const at = clamp(x(now), 0, WIDTH)
  return {
    line: curve,
    area: `${curve}V${HEIGHT}H0Z`,
    now: at,
    daylight: daylight(data, x),
    hours: ticks(first.at, last.at, offset).map((tick) => ({ left: percent(x(tick)), label: label(tick, offset) })),
    low: mark(Math.min(...temps)),
    high: mark(Math.max(...temps)),
    dot: at > 0 && at < WIDTH ? { left: percent(at), top: heightAt(points, at) } : null,
  }
}

/** Where the line goes after its last point, as steep as it came. */
function goingOn(points: readonly Point[]): number {
  const [a, b] = points.slice(-2)
  return a && b ? clamp(b.y + (b.y - a.y) * Math.min(1, (WIDTH - b.x) / (b.x - a.x)), TOP, BOTTOM) : BOTTOM
}

function daylight(data: Row, x: (at: number) => number): DayCurve['daylight'] {
  const [rise, set] = [moment(data.sunrise), moment(data.sunset)]
  if (rise === null || set === null || set <= rise) return null
  const from = clamp(x(rise), 0, WIDTH)
  const to = clamp(x(set), 0, WIDTH)
  return to > from ? { x: from, width: to - from } : null
}

/** Every third hour of the place's own clock that has room for its label. */
function ticks(from: number, to: number, offset: number): number[] {
  const step = 3 * HOUR
  const start = Math.ceil((from + offset + HOUR) / step) * step - offset
  const found: number[] = []
  for (let at = start; at <= to && found.length < 8; at += step) found.push(at)
  return found
}

function label(at: number, offset: number): string {
  return String(new Date(at + offset).getUTCHours()).padStart(2, '0')
}

function heightAt(points: readonly Point[], x: number): number {
  const after = points.findIndex((point) => point.x >= x)
  const [a, b] = [points[Math.max(0, after - 1)], points[after] ?? points.at(-1)]
  if (!a || !b) return BOTTOM
  return scale(a.x, b.x, a.y, b.y)(x)
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}

function percent(x: number): number {
  return Math.round((x / WIDTH) * 1000) / 10
}

export interface ForecastDay {
  readonly date: string
  readonly low: number | null
  readonly high: number | null
  readonly icon: string | null
  readonly words: string | null
  /** Where the bar begins and ends on the scale of all days, in percent from either end. */
  readonly from: number
  readonly to: number
}

/** The days after today, at most six, with their bars on one common scale. */
export function forecast(data: Row, now: number): ForecastDay[] {
  const today = new Date(now + offsetOf(hoursOf(data))).toISOString().slice(0, 10)
  const days = records(data.forecast).filter((day) => (text(day.date) ?? '') > today)
  const shown = days.slice(0, 6)
  const temps = shown.flatMap((day) => [number(day.temp_min), number(day.temp_max)]).filter((one) => one !== null)
  const at = scale(Math.min(...temps), Math.max(...temps), 0, 100)
  return shown.map((day) => {
    const [low, high] = [number(day.temp_min), number(day.temp_max)]
    return {
      date: text(day.date) ?? '',
      low,
      high,
      icon: text(day.icon),
      words: text(day.description),
      from: low === null ? 0 : Math.round(at(low)),
      to: high === null ? 0 : Math.round(100 - at(high)),
    }
  })
}

/** The weekday of a date without a time, which belongs to no time zone. */
export function weekday(date: string, locale: string): string {
  const at = Date.parse(`${date}T12:00:00Z`)
  return Number.isNaN(at) ? date : timeFormat(locale, { weekday: 'short', timeZone: 'UTC' }).format(at)
}

/** The key of a sky's words; the API writes them in English. */
export function skyKey(words: string): string {
  return `cards.sky.${words.toLowerCase().replace(/[^a-z]+/g, '_')}`
}
