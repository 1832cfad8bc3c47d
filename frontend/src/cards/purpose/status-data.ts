import { moment } from '../age'
import { number, records, text, type Row } from '../data'

const DAY = 86_400_000
export const SOON_DAYS = 30
export const ENDING_DAYS = 7
export type Light = 'up' | 'degraded' | 'down' | 'unknown'
export type Why =
  | { key: 'slow' | 'ends' | 'ended' | 'http'; n: number }
  | { key: 'dns' | 'connect' | 'tls' | 'timeout' | 'protocol' | 'too_many_redirects' | 'blocked' | 'other'; n: 0 }

export interface Hour {
  readonly light: Light
  readonly at: number | null
}

export interface Check {
  readonly url: string
  readonly label: string
  readonly light: Light
  readonly ms: number | null
  readonly days: number | null
  readonly why: Why | null
  readonly hours: readonly Hour[]
}

export function checks(data: unknown, now: number): Check[] {
  const rows = records(data)
  const labels = labelsOf(rows.map((row) => text(row.url) ?? ''))
  return rows.map((row, i) => check(row, labels[i] ?? '', now))
}

function check(row: Row, label: string, now: number): Check {
  const light = lightOf(row.status)
  const ends = moment(row.certificate_expires_at)
  const days = ends === null ? null : Math.floor((ends - now) / DAY)
  const ms = light === 'down' ? null : number(row.response_time_ms)
  return {
    url: text(row.url) ?? '',
    label,
    light,
    ms,
    days,
    why: whyOf(row, light, days),
    hours: records(row.history).map((hour) => ({ light: worst(hour), at: moment(hour.hour) })),
  }
}

function lightOf(status: unknown): Light {
  return status === 'up' || status === 'degraded' || status === 'down' ? status : 'unknown'
}

function worst(hour: Row): Light {
  const found = (['down', 'degraded', 'up'] as const).find((light) => (number(hour[light]) ?? 0) > 0)
  return found ?? 'unknown'
}

const KINDS = ['dns', 'connect', 'tls', 'timeout', 'protocol', 'too_many_redirects', 'blocked'] as const

function whyOf(row: Row, light: Light, days: number | null): Why | null {
  if (light === 'down') {
    if (row.error_kind === 'http') return { key: 'http', n: number(row.status_code) ?? 0 }
    return { key: KINDS.find((kind) => kind === row.error_kind) ?? 'other', n: 0 }
  }
  if (light !== 'degraded') return null
  if (days !== null && days <= ENDING_DAYS) return { key: days < 0 ? 'ended' : 'ends', n: Math.max(0, days) }
  return { key: 'slow', n: number(row.response_time_ms) ?? 0 }
}

/** Addresses without what they have in common: hosts, or paths where all are on one host. */
export function labelsOf(urls: readonly string[]): string[] {
  const parsed = urls.map((url) => (URL.canParse(url) ? new URL(url) : null))
  const hosts = new Set(parsed.map((url) => url?.host ?? ''))
  const paths = new Set(parsed.map((url) => url?.pathname ?? ''))
  const byPath = urls.length > 1 && hosts.size === 1 && paths.size === urls.length
  return parsed.map((url, i) => {
    if (!url) return urls[i] ?? ''
    const path = `${url.pathname}${url.search}`
    return byPath ? path : `${url.host}${path === '/' ? '' : path}`
  })
}

/** How many there are of each, the worst first. */
export function counts(data: unknown): [Light, number][] {
  const lights = records(data).map((row) => lightOf(row.status))
  const order: Light[] = ['down', 'degraded', 'unknown', 'up']
  return order
    .map((light): [Light, number] => [light, lights.filter((one) => one === light).length])
    .filter(([, n]) => n > 0)
}
