import type { CatalogEntry, Params } from '../api/types'
import { asSchema, defaults, fieldsOf, filled, type Values } from '../forms/schema-form'
import { refreshOf, validate } from '../forms/validate'

/** A widget as its form has it: texts as typed, not yet judged. */
export interface Draft {
  readonly values: Values
  readonly title: string
  readonly refresh: string
}

export interface Chosen {
  readonly params: Params
  readonly title: string | null
  readonly refresh: number | string | null
}

export function emptyDraft(entry: CatalogEntry | undefined): Draft {
  return { values: defaults(asSchema(entry?.params)), title: '', refresh: '' }
}

export function draftOf(chosen: { params: Params; title?: string | null; refresh?: number | string | null }, entry: CatalogEntry | undefined): Draft {
  const values = { ...defaults(asSchema(entry?.params)), ...chosen.params }
  return { values, title: chosen.title ?? '', refresh: String(chosen.refresh ?? '') }
}

/** The params that the form has, where they fit the schema. */
export function paramsOf(draft: Draft, entry: CatalogEntry): Params | null {
  const faults = validate(asSchema(entry.params), draft.values)
  return Object.keys(faults).length === 0 ? filled(draft.values) : null
}

/** The params to show as an example, while the form has none that fit. */
export function exampleOf(entry: CatalogEntry): Params | null {
  const schema = asSchema(entry.params)
  const examples = fieldsOf(schema).map((field) => [field.name, field.schema.default ?? field.schema.examples?.[0]] as const)
  return paramsOf({ values: Object.fromEntries(examples), title: '', refresh: '' }, entry)
}

/** Whether nothing was filled in yet. */
export function isUntouched(draft: Draft, entry: CatalogEntry): boolean {
  return JSON.stringify(filled(draft.values)) === JSON.stringify(filled(emptyDraft(entry).values))
}

/** What is added or saved; null while something is wrong. */
export function chosenOf(draft: Draft, entry: CatalogEntry): Chosen | null {
  const params = paramsOf(draft, entry)
  const refresh = refreshOf(draft.refresh)
  if (params === null || refresh === undefined) return null
  return { params, title: draft.title.trim() || null, refresh }
}
