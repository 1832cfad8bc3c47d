import { describe, expect, it } from 'vitest'
import { LOCALES, preferred } from '@/i18n'

const sources = import.meta.glob<string>('../../src/**/*.{ts,vue}', { eager: true, query: '?raw', import: 'default' })
const files = import.meta.glob<Record<string, unknown>>('../../src/i18n/*/*.json', { eager: true, import: 'default' })

function keys(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [at]
  return Object.entries(value).flatMap(([name, inner]) => keys(inner, at ? `${at}.${name}` : name))
}

function of(locale: string): string[] {
  const mine = Object.entries(files).filter(([path]) => path.includes(`/i18n/${locale}/`))
  return mine.flatMap(([path, words]) => keys(words, path.replace(/^.*\/|\.json$/g, ''))).sort()
}

describe('messages', () => {
  it.each(LOCALES)('%s has every key of English', (locale) => {
    expect(of(locale)).toEqual(of('en'))
  })
})

/** What the sources say of a key: all of it, or what stands around the parts that are known at run time only. */
function mentioned(): RegExp {
  const texts = Object.values(sources).flatMap((source) => [...source.matchAll(/'([\w.-]+)'|`((?:[\w.-]|\$\{[^}]*\})+)`/g)])
  const patterns = texts.map(([, plain, made]) => (plain ?? made ?? '').replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '[\\w-]+'))
  return new RegExp(`^(?:${[...new Set(patterns.filter((one) => /^[a-z]+\\\./.test(one)))].join('|')})$`)
}

describe('every message', () => {
  it('is said somewhere', () => {
    const known = mentioned()
    // Whose names come from the catalogue and its schemas.
    const fixed = of('en').filter((key) => !key.startsWith('providers.'))
    expect(fixed.filter((key) => !known.test(key))).toEqual([])
  })
})

/** The keys that the sources write out, each with where: texts in quotes that begin as a file of messages is named. */
function written(): [key: string, path: string][] {
  const spaces = new Set(of('en').map((key) => key.split('.')[0]))
  const texts = Object.entries(sources).flatMap(([path, source]) => [...source.matchAll(/(['`])([a-z]+(?:\.[\w-]+)+)\1/g)].map((found) => [found[2] ?? '', path] as const))
  return texts.filter(([key]) => spaces.has(key.split('.')[0])).map(([key, path]) => [key, path])
}

describe('every key that is written out', () => {
  it.each(LOCALES)('has a message in %s', (locale) => {
    const known = new Set(of(locale))
    expect(written().filter(([key]) => !known.has(key))).toEqual([])
    expect(written().length).toBeGreaterThan(150)
  })
})

describe('preferred', () => {
  it('takes what was chosen, then what the browser wants, then English', () => {
    expect(preferred('de', ['en'], ['de', 'en'])).toBe('de')
    expect(preferred(null, ['fr-FR', 'de-AT', 'en'], ['de', 'en'])).toBe('de')
    expect(preferred('xx', ['fr'], ['de', 'en'])).toBe('en')
  })
})
