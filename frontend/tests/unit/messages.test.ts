import { describe, expect, it } from 'vitest'
import { LOCALES, preferred } from '@/i18n'

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

describe('preferred', () => {
  it('takes what was chosen, then what the browser wants, then English', () => {
    expect(preferred('de', ['en'], ['de', 'en'])).toBe('de')
    expect(preferred(null, ['fr-FR', 'de-AT', 'en'], ['de', 'en'])).toBe('de')
    expect(preferred('xx', ['fr'], ['de', 'en'])).toBe('en')
  })
})
