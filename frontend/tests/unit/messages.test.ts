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

describe('preferred', () => {
  it('takes what was chosen, then what the browser wants, then English', () => {
    expect(preferred('de', ['en'], ['de', 'en'])).toBe('de')
    expect(preferred(null, ['fr-FR', 'de-AT', 'en'], ['de', 'en'])).toBe('de')
    expect(preferred('xx', ['fr'], ['de', 'en'])).toBe('en')
  })
})
