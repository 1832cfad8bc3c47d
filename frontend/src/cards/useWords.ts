import { useI18n } from 'vue-i18n'
import { ageOf, clock, countdown, dayOf } from './age'
import type { Said } from './errors'

type Values = Record<string, string | number>

/** What a locale says without values: said again for each card, and looked up in ten steps each time. */
const plain = new Map<string, string>()

/** Everything a card says: messages by key, ages and times in the reader's language. */
export function useWords() {
  const { t, te, locale } = useI18n({ useScope: 'global' })
  const say = (key: string, values?: Values): string => (values ? t(key, values) : once(`${locale.value} ${key}`, () => t(key)))
  return {
    locale,
    say,
    plural: (key: string, n: number, values: Values = {}): string => t(key, { n, ...values }, n),
    /** The message of a key, or what to say where no language has one. */
    sayOr: (key: string, otherwise: string): string => once(`${locale.value}? ${key}`, () => (te(key) ? t(key) : '')) || otherwise,
    tell: (said: Said): string => say(said.key, said.values),
    at: (time: number, now: number): string => clock(time, now, locale.value),
    age(then: number, now: number): string {
      const age = ageOf(then, now)
      if (age.unit === 'date') return dayOf(then, locale.value)
      return 'n' in age ? t(`ages.${age.unit}`, { n: age.n }) : say(`ages.${age.unit}`)
    },
    left(time: number, now: number): string {
      const left = countdown(time, now)
      return left.unit === 'now' ? t('ages.soon') : t(`ages.in_${left.unit}`, { n: left.n })
    },
  }
}

function once(key: string, make: () => string): string {
  const found = plain.get(key) ?? make()
  plain.set(key, found)
  return found
}

export type Words = ReturnType<typeof useWords>
