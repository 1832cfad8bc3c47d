import { useI18n } from 'vue-i18n'
import type { CatalogEntry } from '../api/types'

/** A provider's title and description: our own where a language has them, else the provider's. */
export function useCatalogWords() {
  const { t, te } = useI18n({ useScope: 'global' })
  const own = (entry: CatalogEntry, rest: string, otherwise: string): string => {
    const key = `providers.${entry.name}.${rest}`
    return te(key) ? t(key) : otherwise
  }
  return {
    title: (entry: CatalogEntry): string => own(entry, 'title', entry.title),
    description: (entry: CatalogEntry): string => own(entry, 'description', entry.description),
  }
}
