import { timeFormat } from './formats'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Before this, an age counts in hours also across midnight. */
const SAME_NIGHT = 12 * HOUR

export type Age =
  | { unit: 'now' | 'yesterday' | 'date' }
  | { unit: 'minutes' | 'hours' | 'days'; n: number }

/** How old something is, in the coarsest unit that still says enough. A time ahead of us counts as now. */
export function ageOf(then: number, now: number): Age {
  const passed = now - then
  if (passed < MINUTE) return { unit: 'now' }
  if (passed < HOUR) return { unit: 'minutes', n: Math.floor(passed / MINUTE) }
  const days = calendarDays(then, now)
  if (days === 0 || passed < SAME_NIGHT) return { unit: 'hours', n: Math.floor(passed / HOUR) }
  if (days === 1) return { unit: 'yesterday' }
  return days < 7 ? { unit: 'days', n: days } : { unit: 'date' }
}

/** Midnights between two moments, in the reader's own time zone. */
export function calendarDays(then: number, now: number): number {
  return Math.round((midnight(now) - midnight(then)) / DAY)
}

function midnight(at: number): number {
  const day = new Date(at)
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime()
}

export type Countdown = { unit: 'now' } | { unit: 'seconds' | 'minutes'; n: number }

/** Counts down in steps (40 s, 30 s, …), not each second. */
export function countdown(at: number, now: number): Countdown {
  const left = Math.ceil((at - now) / 1000)
  if (left <= 0) return { unit: 'now' }
  if (left <= 60) return { unit: 'seconds', n: Math.ceil(left / 10) * 10 }
  return { unit: 'minutes', n: Math.ceil(left / 60) }
}

/** Milliseconds of a time as the API writes it; null where there is none or it is no time. */
export function moment(value: unknown): number | null {
  if (typeof value !== 'string') return null
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : at
}

/** A clock time: today as 14:05, within a week with its weekday, else with its date. */
export function clock(at: number, now: number, locale: string): string {
  const days = Math.abs(calendarDays(at, now))
  const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
  if (days === 0) return timeFormat(locale, time).format(at)
  if (days < 7) return timeFormat(locale, { ...time, weekday: 'short' }).format(at)
  return timeFormat(locale, { ...time, day: 'numeric', month: 'short' }).format(at)
}

export function exactTime(at: number, locale: string): string {
  return timeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' }).format(at)
}

export function dayOf(at: number, locale: string): string {
  return timeFormat(locale, { dateStyle: 'medium' }).format(at)
}
