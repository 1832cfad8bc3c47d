import { moment } from '../age'
import { isRecord, number, numbers, records, type Row } from '../data'
import { humanise } from '../../forms/words'

export interface Series {
  readonly label: string
  /** Seconds where `timed`, else places in the list. */
  readonly xs: readonly number[]
  readonly ys: readonly (number | null)[]
  readonly timed: boolean
}

const TIMES = ['at', 'time', 'date', 'hour', 'day', 'timestamp', 'created_at', 'updated_at']

/** The first series that the data has: a list of numbers, rows with a number (and a time), or a record that holds one. */
export function seriesOf(data: unknown): Series | null {
  if (Array.isArray(data)) return numbers(data).length > 1 ? plain('', numbers(data)) : ofRows(records(data))
  if (!isRecord(data)) return null
  for (const [name, value] of Object.entries(data)) {
    if (!Array.isArray(value)) continue
    const found = seriesOf(value)
    if (found) return { ...found, label: found.label || humanise(name) }
  }
  return null
}

function plain(label: string, ys: readonly number[]): Series {
  return { label, xs: ys.map((_, i) => i), ys, timed: false }
}

function ofRows(rows: readonly Row[]): Series | null {
  const first = rows[0]
  if (!first || rows.length < 2) return null
  const timed = TIMES.find((name) => moment(first[name]) !== null)
  const valued = Object.keys(first).find((name) => name !== timed && rows.some((row) => number(row[name]) !== null))
  if (!valued) return null
  if (!timed) return plain(humanise(valued), rows.map((row) => number(row[valued])).filter((one) => one !== null))
  const points = rows
    .map((row) => ({ x: moment(row[timed]), y: number(row[valued]) }))
    .filter((point): point is { x: number; y: number | null } => point.x !== null)
    .sort((a, b) => a.x - b.x)
  return { label: humanise(valued), xs: points.map((p) => p.x / 1000), ys: points.map((p) => p.y), timed: true }
}

export interface Summary {
  readonly low: number
  readonly high: number
  readonly last: number
}

export function summary(series: Series): Summary | null {
  const known = series.ys.filter((one) => one !== null)
  const last = known.at(-1)
  return last === undefined ? null : { low: Math.min(...known), high: Math.max(...known), last }
}
