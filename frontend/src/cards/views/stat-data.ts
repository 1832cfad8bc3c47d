import { isRecord, number, records, text } from '../data'
import { humanise } from '../../forms/words'

export interface Stat {
  readonly label: string
  readonly value: string | number
  readonly unit: string
}

const MOST = 8

/** The values of a record, or of a list of `{label, value, unit}`; a bare number or text is one value. */
export function stats(data: unknown): Stat[] {
  if (Array.isArray(data)) return records(data).flatMap(labelled).slice(0, MOST)
  if (!isRecord(data)) return one('', data)
  const whole = labelled(data)
  if (whole.length > 0) return whole
  return Object.entries(data).flatMap(([name, value]) => (/(^|_)(id|url)$/.test(name) ? [] : one(humanise(name), value))).slice(0, MOST)
}

function labelled(row: Readonly<Record<string, unknown>>): Stat[] {
  const label = text(row.label) ?? text(row.name) ?? text(row.title)
  return label === null ? [] : one(label, row.value, text(row.unit) ?? '')
}

function one(label: string, value: unknown, unit = ''): Stat[] {
  const found = number(value) ?? text(value)
  return found === null ? [] : [{ label, value: found, unit }]
}
