import { describe, expect, it } from 'vitest'
import { change, decimal, degrees, price, trend } from '../../src/cards/numbers'
import { compass } from '../../src/cards/wind'
import { capital, humanise } from '../../src/forms/words'

describe('numbers', () => {
  it('are a dash where there is none, never 0', () => {
    for (const none of [null, undefined, NaN]) {
      expect([decimal(none, 'en'), price(none, 'usd', 'en'), change(none, 'en'), degrees(none, 'en')]).toEqual(['—', '—', '—', '—'])
    }
  })
  it('write prices by currency and locale', () => {
    expect(price(84212.5, 'usd', 'en')).toBe('$84,212.50')
    expect(price(84212.5, 'eur', 'de').replace(/\s/g, ' ')).toBe('84.212,50 €')
    expect(price(0.4826, 'usd', 'en')).toBe('$0.4826')
    expect(price(0.00001234, 'usd', 'en')).toBe('$0.00001234')
    expect(price(12, 'sats', 'en')).toBe('12.00 SATS')
  })
  it('sign a change, with a real minus', () => {
    expect(change(1.84, 'en')).toBe('+1.84\u2009%')
    expect(change(-0.62, 'en')).toBe('\u22120.62\u2009%')
    expect([trend(2), trend(-2), trend(0.09), trend(null)]).toEqual(['up', 'down', 'flat', 'flat'])
  })
  it('round degrees and know no minus zero', () => {
    expect(degrees(-0.3, 'en')).toBe('0°')
    expect(degrees(-4.6, 'en')).toBe('\u22125°')
    expect(degrees(13, 'de', 1)).toBe('13,0°')
  })
})

describe('the wind', () => {
  it.each([
    [0, 'n'],
    [22, 'n'],
    [23, 'ne'],
    [225, 'sw'],
    [350, 'n'],
    [-90, 'w'],
    [null, null],
  ])('comes at %s degrees from %s', (degree, point) => {
    expect(compass(degree)).toBe(point)
  })
})

describe('names', () => {
  it('are words', () => {
    expect(humanise('wind_speed')).toBe('Wind speed')
    expect(humanise('windSpeed')).toBe('Wind speed')
    expect(capital('élan')).toBe('Élan')
  })
})
