import { moment } from '../age'
import { link, number, text, type Row } from '../data'

export interface ListRow {
  readonly title: string
  readonly url: string | null
  readonly at: number | null
  readonly meta: readonly string[]
}

const TITLES = ['title', 'summary', 'name', 'label', 'headline', 'text', 'description']
const URLS = ['url', 'link', 'href', 'html_url']
const TIMES = ['published_at', 'created_at', 'updated_at', 'at', 'date', 'time']
const LONGEST_META = 60

/** A row of any provider's list: its best title, link and time, and up to two short values. */
export function listRow(row: Row): ListRow {
  const titled = TITLES.find((name) => text(row[name])) ?? Object.keys(row).find((name) => text(row[name]))
  const timed = TIMES.find((name) => moment(row[name]) !== null)
  const linked = URLS.find((name) => link(row[name]))
  const rest = Object.entries(row).filter(([name]) => name !== titled && name !== timed && !/(^|_)(id|url)$/.test(name))
  return {
    title: titled === undefined ? '—' : (text(row[titled]) ?? '—'),
    url: linked === undefined ? null : link(row[linked]),
    at: timed === undefined ? null : moment(row[timed]),
    meta: rest.flatMap(([, value]) => short(value)).slice(0, 2),
  }
}

function short(value: unknown): string[] {
  if (number(value) !== null) return [String(value)]
  const found = text(value)
  return found && found.length <= LONGEST_META && !link(found) && moment(found) === null ? [found] : []
}
