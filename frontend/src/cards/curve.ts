export interface Point {
  readonly x: number
  readonly y: number
}

/** A scale from values to pixels; values that are all alike stand in the middle. */
export function scale(low: number, high: number, from: number, to: number): (value: number) => number {
  if (high === low) return () => (from + to) / 2
  return (value) => from + ((value - low) / (high - low)) * (to - from)
}

/** At most `most` values, evenly picked; the first and the last stay. */
export function thinned(values: readonly number[], most: number): number[] {
  if (values.length <= most) return [...values]
  const step = (values.length - 1) / (most - 1)
  return Array.from({ length: most }, (_, i) => values[Math.round(i * step)] ?? 0)
}

export function line(points: readonly Point[]): string {
  return points.map((p, i) => `${i ? 'L' : 'M'}${fixed(p.x)} ${fixed(p.y)}`).join('')
}

/** A smooth line through all points (Catmull-Rom), which never turns back on its way. */
export function smooth(points: readonly Point[]): string {
  const first = points[0]
  if (!first) return ''
  const parts = [`M${fixed(first.x)} ${fixed(first.y)}`]
  points.slice(1).forEach((end, i) => {
    const start = points[i] ?? first
    const before = points[i - 1] ?? start
    const after = points[i + 2] ?? end
    const a = { x: start.x + (end.x - before.x) / 6, y: start.y + (end.y - before.y) / 6 }
    const b = { x: end.x - (after.x - start.x) / 6, y: end.y - (after.y - start.y) / 6 }
    parts.push(`C${[a, b, end].map((p) => `${fixed(p.x)} ${fixed(p.y)}`).join(' ')}`)
  })
  return parts.join('')
}

/** The line of a sparkline in its box, with room for the mark of the last point. */
export function sparkline(values: readonly number[], width: number, height: number): Point[] {
  const few = thinned(values, 48)
  const y = scale(Math.min(...few), Math.max(...few), height - 3, 3)
  const x = scale(0, Math.max(1, few.length - 1), 0, width - 3)
  return few.map((value, i) => ({ x: x(i), y: y(value) }))
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10)
}
