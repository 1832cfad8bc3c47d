import { humanise } from './words'

/** The part of JSON Schema (2020-12) that providers' parameters use. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly title?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly enum?: readonly unknown[]
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

export type Kind = 'text' | 'number' | 'choice' | 'list' | 'switch'
export type Values = Readonly<Record<string, unknown>>

export interface Field {
  readonly name: string
  readonly kind: Kind
  readonly label: string
  readonly hint: string
  readonly required: boolean
  readonly placeholder: string
  readonly options: readonly string[]
  readonly schema: Schema
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A schema of what the API calls one; an empty schema where it is none. */
export function asSchema(value: unknown): Schema {
  return isSchema(value) ? value : {}
}

/** The fields of a form, in the order of the schema. */
export function fieldsOf(schema: Schema): Field[] {
  const properties = isSchema(schema.properties) ? schema.properties : {}
  const required = new Set(schema.required ?? [])
  return Object.entries(properties).map(([name, given]) => [name, plain(given)] as const).map(([name, one]) => ({
    name,
    kind: kindOf(one),
    label: one.title ?? humanise(name),
    hint: one.description ?? '',
    required: required.has(name),
    placeholder: example(one),
    options: (one.enum ?? []).map(String),
    schema: one,
  }))
}

/** Of alternatives the first is the full form; the others are shorter ways to write it. */
function plain(schema: Schema): Schema {
  const first = schema.anyOf?.find((one) => one.type !== 'null')
  return first ? { ...schema, ...plain(first) } : schema
}

function kindOf(schema: Schema): Kind {
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.find((one) => one !== 'null')
  if (schema.enum) return 'choice'
  if (type === 'array') return 'list'
  if (type === 'boolean') return 'switch'
  return type === 'integer' || type === 'number' ? 'number' : 'text'
}

function example(schema: Schema): string {
  const first = schema.examples?.[0]
  if (Array.isArray(first)) return first.map(String).join(', ')
  return first === undefined ? '' : String(first)
}

/** What a new form begins with: every default, nothing else. */
export function defaults(schema: Schema): Values {
  const known = fieldsOf(schema).filter((field) => field.schema.default !== undefined)
  return Object.fromEntries(known.map((field) => [field.name, field.schema.default]))
}

/** The values that are sent: without fields left empty, which the provider has defaults for. */
export function filled(values: Values): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isBlank(value)))
}

export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** The items in a text: one a line, or between commas, but not where a comma is part of a web address. */
export function splitItems(text: string): string[] {
  return text
    .split(/[\n\r\t]+/)
    .flatMap((line) => (/^\s*https?:\/\//i.test(line) ? line.split(/\s*,\s*(?=https?:\/\/)|\s+/i) : line.split(',')))
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
