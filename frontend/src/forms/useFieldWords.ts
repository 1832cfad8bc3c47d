import { useI18n } from 'vue-i18n'
import type { Field } from './schema-form'

/** What a form says of a provider's fields: our own words where a language has them, else the schema's. */
export function useFieldWords(provider: () => string) {
  const { t, te, locale } = useI18n({ useScope: 'global' })
  const own = (rest: string, otherwise: string): string => {
    const key = `providers.${provider()}.${rest}`
    return te(key) ? t(key) : otherwise
  }
  return {
    label: (field: Field): string => own(`fields.${field.name}`, field.label),
    hint: (field: Field): string => own(`hints.${field.name}`, field.hint),
    option(field: Field, value: string): string {
      const otherwise = field.name === 'language' ? languageName(value, locale.value) : value
      return own(`options.${field.name}.${value}`, otherwise)
    },
  }
}

function languageName(code: string, locale: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: 'language', fallback: 'code' }).of(code) ?? code
  } catch {
    return code
  }
}
