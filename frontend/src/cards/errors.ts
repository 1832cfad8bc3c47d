import type { CatalogEntry, Problem } from '../api/types'
import { host, isRecord, text } from './data'

/** A message by its key, said by whoever knows the language. */
export interface Said {
  readonly key: string
  readonly values: Record<string, string | number>
}

export interface Telling {
  readonly heading: Said
  readonly text: Said
  /** What the reader can do beside waiting. */
  readonly action: 'settings' | 'none'
}

const KNOWN = [
  'provider-not-found',
  'provider-credentials',
  'provider-rate-limited',
  'provider-error',
  'provider-timeout',
  'broker-unavailable',
  'cache-unavailable',
  'invalid-request',
  'too-many-requests',
]
const SOURCES: Readonly<Record<string, string>> = {
  'open-meteo.com': 'Open-Meteo',
  'openweathermap.org': 'OpenWeather',
  'coingecko.com': 'CoinGecko',
  'github.com': 'GitHub',
  'newsapi.org': 'NewsAPI',
  'hn.algolia.com': 'Hacker News',
}
const SETTINGS = new Set(['provider-not-found', 'invalid-request'])

/** The end of a problem's type, such as provider-timeout; `unknown` for one that has no words of its own. */
export function kindOf(problem: Problem): string {
  const kind = problem.type.split(/[:/]/).at(-1) ?? ''
  return KNOWN.includes(kind) ? kind : 'unknown'
}

export function sourceName(url: string): string {
  const found = host(url) ?? url
  return SOURCES[found] ?? found
}

/** Who failed or is to be thanked: whom the problem names, whom the data names, else the provider. */
export function sourceOf(entry: CatalogEntry | undefined, data: unknown, detail = ''): string {
  const named = Object.values(SOURCES).find((name) => detail.includes(name))
  const said = isRecord(data) ? text(data.source) : null
  if (named ?? said) return named ?? said ?? ''
  return entry?.attribution ? sourceName(entry.attribution) : (entry?.title ?? '')
}

/** The status that the provider answered, where the detail tells it. */
export function upstreamStatus(detail: string): number | null {
  const found = /\banswered ([1-5]\d\d)\b/.exec(detail)
  return found ? Number(found[1]) : null
}

/** Who, what: the words of a problem. What happens next is told by its time. */
export function tell(problem: Problem, who: string, subject: string): Telling {
  const kind = kindOf(problem)
  const code = upstreamStatus(problem.detail)
  const values = { who, subject, code: code ?? 0, detail: problem.detail }
  const heading = kind === 'provider-error' && code !== null ? 'provider-error-code' : kind
  return {
    heading: { key: `errors.${heading}.heading`, values },
    text: { key: `errors.${heading}.text`, values },
    action: SETTINGS.has(kind) ? 'settings' : 'none',
  }
}
