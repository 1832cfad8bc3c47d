import { number, records, type Row } from '../data'
import { humanise } from '../../forms/words'

export interface Column {
  readonly name: string
  readonly label: string
  readonly numeric: boolean
}

const MOST = 5

/** The columns that a list's rows have values for, texts first as they come; nothing that only a program reads. */
export function columnsOf(data: unknown): Column[] {
  const rows = records(data)
  const names = new Set(rows.flatMap((row) => Object.keys(row)))
  return [...names]
    .filter((name) => !/(^|_)(id|url)$/.test(name) && rows.some((row) => scalar(row[name])))
    .slice(0, MOST)
    .map((name) => ({ name, label: humanise(name), numeric: rows.every((row) => blank(row[name]) || number(row[name]) !== null) }))
}

function scalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function blank(value: unknown): boolean {
  return value === null || value === undefined
}

export function cell(row: Row, column: Column): string | number | boolean | null {
  const value = row[column.name]
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}
