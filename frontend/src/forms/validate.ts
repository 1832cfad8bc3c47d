import { fieldsOf, isBlank, type Schema, type Values } from './schema-form'

/** What is wrong with a field: the key of a message, or what the server said of it. */
export interface Fault {
  readonly key: string
  readonly values?: Record<string, string | number>
}

export type Faults = Readonly<Record<string, Fault>>

export function validate(schema: Schema, values: Values): Faults {
  const found: Record<string, Fault> = {}
  for (const field of fieldsOf(schema)) {
    const value = values[field.name]
    const fault = isBlank(value) ? missing(field.required) : faultOf(field.schema, value)
    if (fault) found[field.name] = fault
  }
  return found
}

function missing(required: boolean): Fault | null {
  return required ? { key: 'forms.required' } : null
}

export function faultOf(schema: Schema, value: unknown): Fault | null {
  if (Array.isArray(value)) return ofList(schema, value)
  if (schema.enum && !schema.enum.includes(value)) return { key: 'forms.enum' }
  if (typeof value === 'number') return ofNumber(schema, value)
  if (typeof value === 'string') return ofText(schema, value)
  return null
}

function ofText(schema: Schema, value: string): Fault | null {
  if (schema.type === 'integer' || schema.type === 'number') return { key: 'forms.number' }
  const length = [...value].length
  if (schema.minLength !== undefined && length < schema.minLength) return counted('minLength', schema.minLength)
  if (schema.maxLength !== undefined && length > schema.maxLength) return counted('maxLength', schema.maxLength)
  if (schema.format === 'uri' && !URL.canParse(value)) return { key: 'forms.pattern', values: { value } }
  if (schema.pattern !== undefined && !fits(schema.pattern, value)) return { key: 'forms.pattern', values: { value } }
  return null
}

function ofNumber(schema: Schema, value: number): Fault | null {
  if (schema.type === 'integer' && !Number.isInteger(value)) return { key: 'forms.integer' }
  if (schema.minimum !== undefined && value < schema.minimum) return counted('minimum', schema.minimum)
  if (schema.maximum !== undefined && value > schema.maximum) return counted('maximum', schema.maximum)
  return null
}

function ofList(schema: Schema, value: readonly unknown[]): Fault | null {
  if (schema.minItems !== undefined && value.length < schema.minItems) return counted('minItems', schema.minItems)
  if (schema.maxItems !== undefined && value.length > schema.maxItems) return counted('maxItems', schema.maxItems)
  for (const item of value) {
    const fault = schema.items ? faultOf(schema.items, item) : null
    if (fault) return fault
  }
  return null
}

function counted(rule: string, n: number): Fault {
  return { key: `forms.${rule}`, values: { n } }
}

/** A pattern that this browser cannot read is left to the server. */
function fits(pattern: string, value: string): boolean {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(pattern, flags).test(value)
    } catch {
      continue
    }
  }
  return true
}

const LEAST = 60
const MOST = 86_400

/** How often a widget is fetched: nothing, seconds, or five fields of cron; `undefined` is wrong. */
export function refreshOf(text: string): number | string | null | undefined {
  const said = text.trim().replace(/\s+/g, ' ')
  if (said === '') return null
  if (/^\d+$/.test(said)) return Number(said) >= LEAST && Number(said) <= MOST ? Number(said) : undefined
  return /^[-*/,0-9A-Za-z]+( [-*/,0-9A-Za-z]+){4}$/.test(said) ? said : undefined
}

/** The server's words by field, as its 422 has them: texts at any depth, the first one counts. */
export function serverFaults(errors: unknown): Faults {
  if (typeof errors !== 'object' || errors === null) return {}
  const found = Object.entries(errors).map(([name, said]): [string, string | null] => [name, firstText(said)])
  return Object.fromEntries(found.flatMap(([name, said]) => (said ? [[name, { key: 'forms.said', values: { said } }]] : [])))
}

function firstText(said: unknown): string | null {
  if (typeof said === 'string') return said
  if (typeof said !== 'object' || said === null) return null
  return Object.values(said).map(firstText).find((one) => one !== null) ?? null
}
