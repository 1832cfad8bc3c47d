/** Guards for data from outside: nothing is believed, nothing is thrown. */
export type Row = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The records of a list; what is no record is left out. */
export function records(value: unknown): Row[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

export function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

export function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

export function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((one): one is number => number(one) !== null) : []
}

/** An address that a link may lead to. */
export function link(value: unknown): string | null {
  const found = text(value)
  return found !== null && /^https?:\/\//i.test(found) ? found : null
}

export function host(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^www\./, '') : null
}

export function isEmpty(data: unknown): boolean {
  return data === null || data === undefined || (Array.isArray(data) && data.length === 0)
}
