/** Words by language: a folder of message files each, found by themselves and loaded when the language is chosen. */
import { createI18n, type LocaleMessages, type VueMessageType } from 'vue-i18n'

type Messages = LocaleMessages<VueMessageType>[string]
const folders = import.meta.glob<Messages>('./*/words.ts', { import: 'default' })
const STORED = 'insightboard.locale'

export const LOCALES = Object.keys(folders).map((path) => path.split('/')[1] ?? '').sort()
export const i18n = createI18n<false>({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: {} })

/** The language that was chosen, else the first of the browser's that there is, else English. */
export function preferred(stored: string | null, languages: readonly string[], known = LOCALES): string {
  if (stored !== null && known.includes(stored)) return stored
  const wanted = languages.map((one) => one.toLowerCase().split('-')[0] ?? '')
  return wanted.find((one) => known.includes(one)) ?? 'en'
}

export async function setLocale(locale: string): Promise<void> {
  const load = folders[`./${locale}/words.ts`]
  if (!load) return
  i18n.global.setLocaleMessage(locale, await load())
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
}

export async function startLocale(): Promise<void> {
  await setLocale(preferred(read(), navigator.languages))
}

export async function chooseLocale(locale: string): Promise<void> {
  await setLocale(locale)
  try {
    localStorage.setItem(STORED, locale)
  } catch {
    // It holds until the tab closes.
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(STORED)
  } catch {
    return null
  }
}
