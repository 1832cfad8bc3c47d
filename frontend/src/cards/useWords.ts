import { useI18n } from 'vue-i18n'
import { ageOf, clock, countdown, dayOf } from './age'
import type { Said } from './errors'

type Values = Record<string, string | number>

/** Everything a card says: messages by key, ages and times in the reader's language. */
export function useWords() {
  const { t, te, locale } = useI18n({ useScope: 'global' })
  const say = (key: string, values: Values = {}): string => t(key, values)
  return {
    locale,
    say,
    plural: (key: string, n: number, values: Values = {}): string => t(key, { n, ...values }, n),
    /** The message of a key, or what to say where no language has one. */
    sayOr: (key: string, otherwise: string): string => (te(key) ? t(key) : otherwise),
    tell: (said: Said): string => say(said.key, said.values),
    at: (time: number, now: number): string => clock(time, now, locale.value),
    age(then: number, now: number): string {
      const age = ageOf(then, now)
      if (age.unit === 'date') return dayOf(then, locale.value)
      return 'n' in age ? t(`ages.${age.unit}`, { n: age.n }) : t(`ages.${age.unit}`)
    },
    left(time: number, now: number): string {
      const left = countdown(time, now)
      return left.unit === 'now' ? t('ages.soon') : t(`ages.in_${left.unit}`, { n: left.n })
    },
  }
}

export type Words = ReturnType<typeof useWords>
