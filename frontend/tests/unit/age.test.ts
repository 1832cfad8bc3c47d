import { describe, expect, it } from 'vitest'
import { ageOf, calendarDays, clock, countdown, moment } from '../../src/cards/age'

const at = (text: string): number => new Date(text).getTime()
const noon = at('2026-04-16T12:00:00')
const MINUTE = 60_000

describe('the age of data', () => {
  it.each([
    [59_999, { unit: 'now' }],
    [-5000, { unit: 'now' }],
    [MINUTE, { unit: 'minutes', n: 1 }],
    [60 * MINUTE - 1, { unit: 'minutes', n: 59 }],
    [60 * MINUTE, { unit: 'hours', n: 1 }],
  ])('is told in the coarsest unit after %i ms', (passed, age) => {
    expect(ageOf(noon - passed, noon)).toEqual(age)
  })
  it('counts days by the calendar, but a night in hours', () => {
    expect(ageOf(at('2026-04-15T22:00:00'), at('2026-04-16T01:30:00'))).toEqual({ unit: 'hours', n: 3 })
    expect(ageOf(at('2026-04-15T08:00:00'), noon)).toEqual({ unit: 'yesterday' })
    expect(ageOf(at('2026-04-14T23:00:00'), at('2026-04-16T01:00:00'))).toEqual({ unit: 'days', n: 2 })
  })
  it('is a date from seven days on', () => {
    expect(ageOf(at('2026-04-10T13:00:00'), noon)).toEqual({ unit: 'days', n: 6 })
    expect(ageOf(at('2026-04-09T13:00:00'), noon)).toEqual({ unit: 'date' })
  })
  it('counts midnights over a change of the clock', () => {
    expect(calendarDays(at('2026-03-28T12:00:00'), at('2026-03-30T12:00:00'))).toBe(2)
  })
})

describe('a countdown', () => {
  it.each([
    [0, { unit: 'now' }],
    [-9000, { unit: 'now' }],
    [1, { unit: 'seconds', n: 10 }],
    [38_000, { unit: 'seconds', n: 40 }],
    [60_000, { unit: 'seconds', n: 60 }],
    [61_000, { unit: 'minutes', n: 2 }],
  ])('goes in steps: %i ms', (ahead, left) => {
    expect(countdown(noon + ahead, noon)).toEqual(left)
  })
})

describe('times', () => {
  it('are read where they are times', () => {
    expect(moment('2026-04-16T12:00:00Z')).toBe(Date.UTC(2026, 3, 16, 12))
    expect(moment('soon')).toBeNull()
    expect(moment(5)).toBeNull()
    expect(moment(null)).toBeNull()
  })
  it('say the day only where it is another one', () => {
    expect(clock(at('2026-04-16T14:05:00'), noon, 'en')).toBe('14:05')
    expect(clock(at('2026-04-14T14:05:00'), noon, 'en')).toBe('Tue 14:05')
    expect(clock(at('2026-03-14T14:05:00'), noon, 'en')).toContain('Mar 14')
  })
})
