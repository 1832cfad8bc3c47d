import { describe, expect, it } from 'vitest'
import type { CatalogEntry } from '../../src/api/types'
import { defaults, fieldsOf, filled, splitItems, type Schema } from '../../src/forms/schema-form'
import { faultOf, refreshOf, serverFaults, validate } from '../../src/forms/validate'
import { chosenOf, draftOf, emptyDraft, paramsOf } from '../../src/gallery/draft'
import { matches } from '../../src/gallery/search'
import { startSize } from '../../src/gallery/sizes'

const schema: Schema = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 1, maxLength: 10, examples: ['Oslo'], description: 'A place' },
    units: { type: 'string', enum: ['metric', 'imperial'], default: 'metric' },
    urls: { anyOf: [{ type: 'array', items: { type: 'string', pattern: '^https?://' }, minItems: 1 }, { type: 'string' }] },
    days: { type: 'integer', minimum: 1, maximum: 7 },
    alarm: { type: ['boolean', 'null'] },
  },
  required: ['city'],
}

describe('a form', () => {
  it('has a field for each property', () => {
    expect(fieldsOf(schema).map((field) => [field.name, field.kind, field.required])).toEqual([
      ['city', 'text', true],
      ['units', 'choice', false],
      ['urls', 'list', false],
      ['days', 'number', false],
      ['alarm', 'switch', false],
    ])
    expect(fieldsOf(schema)[0]).toMatchObject({ label: 'City', hint: 'A place', placeholder: 'Oslo' })
    expect(fieldsOf({})).toEqual([])
  })
  it('begins with the defaults and sends what is filled', () => {
    expect(defaults(schema)).toEqual({ units: 'metric' })
    expect(filled({ city: 'Oslo', units: '', urls: [], alarm: false, days: 0 })).toEqual({ city: 'Oslo', alarm: false, days: 0 })
  })
  it('takes lists apart, but not at a comma within an address', () => {
    expect(splitItems('btc, eth,,sol\nada')).toEqual(['btc', 'eth', 'sol', 'ada'])
    expect(splitItems('https://a.example/?q=1,2, https://b.example/')).toEqual(['https://a.example/?q=1,2', 'https://b.example/'])
    expect(splitItems('  ')).toEqual([])
  })
})

describe('validation', () => {
  const fault = (values: Record<string, unknown>) => validate(schema, { city: 'Oslo', ...values })
  it('finds nothing where all fits', () => {
    expect(fault({ urls: ['https://a.example'], days: 7, units: 'imperial', alarm: true })).toEqual({})
  })
  it.each([
    [{ city: '' }, 'city', 'forms.required'],
    [{ city: 'x'.repeat(11) }, 'city', 'forms.maxLength'],
    [{ units: 'kelvin' }, 'units', 'forms.enum'],
    [{ urls: ['ftp://x'] }, 'urls', 'forms.pattern'],
    [{ days: 0 }, 'days', 'forms.minimum'],
    [{ days: 8 }, 'days', 'forms.maximum'],
    [{ days: 1.5 }, 'days', 'forms.integer'],
    [{ days: 'many' }, 'days', 'forms.number'],
  ])('names what is wrong in %j', (values, field, key) => {
    expect(fault(values)[field]?.key).toBe(key)
  })
  it('counts characters as people do', () => {
    expect(faultOf({ type: 'string', maxLength: 2 }, '🌊🌊')).toBeNull()
  })
  it('leaves a pattern that it cannot read to the server', () => {
    expect(faultOf({ type: 'string', pattern: '(?P<x>a)' }, 'b')).toBeNull()
  })
  it('knows how often a widget may be fetched', () => {
    expect(['', '60', '86400', '0 6 * * *'].map(refreshOf)).toEqual([null, 60, 86400, '0 6 * * *'])
    expect(['59', '86401', '30 s', '* * *', '-60'].map(refreshOf)).toEqual(Array(5).fill(undefined))
  })
  it('takes the server’s words over', () => {
    expect(serverFaults({ city: ['is odd'], urls: { 0: ['is private'] }, n: 5 })).toEqual({
      city: { key: 'forms.said', values: { said: 'is odd' } },
      urls: { key: 'forms.said', values: { said: 'is private' } },
    })
    expect(serverFaults(null)).toEqual({})
  })
})

describe('a draft', () => {
  const entry = { name: 'x', params: schema } as unknown as CatalogEntry
  it('is added only when it fits', () => {
    expect(paramsOf(emptyDraft(entry), entry)).toBeNull()
    const draft = { values: { city: 'Oslo', units: 'metric', urls: [] }, title: ' ', refresh: '600' }
    expect(chosenOf(draft, entry)).toEqual({ params: { city: 'Oslo', units: 'metric' }, title: null, refresh: 600 })
    expect(chosenOf({ ...draft, refresh: '5' }, entry)).toBeNull()
  })
  it('is what was saved', () => {
    expect(draftOf({ params: { city: 'Oslo' }, title: null, refresh: 600 }, entry)).toEqual({ values: { city: 'Oslo', units: 'metric' }, title: '', refresh: '600' })
  })
})

describe('the gallery', () => {
  it('finds by the beginnings of words', () => {
    expect(matches('', 'Weather')).toBe(true)
    expect(matches('git act', 'GitHub activity')).toBe(true)
    expect(matches('tram', 'GitHub activity')).toBe(false)
  })
  it('has a size for every widget', () => {
    expect(startSize('weather', 'weather')).toEqual({ w: 4, h: 9 })
    expect(startSize('tides', 'stat')).toEqual({ w: 3, h: 6 })
  })
})
