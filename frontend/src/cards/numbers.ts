import { numberFormat } from './formats'

const MINUS = '\u2212'
const THIN = '\u2009'
export const NOTHING = '—'

type Maybe = number | null | undefined

function known(value: Maybe): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** Intl writes a hyphen in some locales; a minus is as wide as a plus. */
function real(text: string): string {
  return text.replace(/[-\u2010\u2011]/g, MINUS)
}

export function decimal(value: Maybe, locale: string, most = 2): string {
  if (!known(value)) return NOTHING
  return real(numberFormat(locale, { maximumFractionDigits: most }).format(value))
}

/** Prices keep four digits that say something where they are below one. */
export function price(value: Maybe, currency: string, locale: string): string {
  if (!known(value)) return NOTHING
  const small = value !== 0 && Math.abs(value) < 1
  const digits: Intl.NumberFormatOptions = small
    ? { minimumSignificantDigits: 2, maximumSignificantDigits: 4 }
    : { minimumFractionDigits: 2, maximumFractionDigits: 2 }
  const code = currency.toUpperCase()
  if (!/^[A-Z]{3}$/.test(code)) return real(`${numberFormat(locale, digits).format(value)} ${code}`)
  const money: Intl.NumberFormatOptions = { style: 'currency', currency: code, currencyDisplay: 'narrowSymbol' }
  return real(numberFormat(locale, { ...money, ...digits }).format(value))
}

export type Trend = 'up' | 'down' | 'flat'

/** Below a tenth of a percent nothing has moved. */
export function trend(percent: Maybe): Trend {
  if (!known(percent) || Math.abs(percent) < 0.1) return 'flat'
  return percent > 0 ? 'up' : 'down'
}

/** A change in percent, always with its sign. */
export function change(percent: Maybe, locale: string): string {
  if (!known(percent)) return NOTHING
  const text = numberFormat(locale, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    signDisplay: 'exceptZero',
  }).format(percent)
  return `${real(text)}${THIN}%`
}

export function degrees(value: Maybe, locale: string, digits = 0): string {
  if (!known(value)) return NOTHING
  const rounded = Number(value.toFixed(digits)) || 0
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits }
  return `${real(numberFormat(locale, options).format(rounded))}°`
}
