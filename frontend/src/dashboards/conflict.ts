/** Two changes to one dashboard: put together by item where they do not meet, told apart where they do. */
import type { Dashboard, Item, Settings } from '@/api/types'

export type Content = Pick<Dashboard, 'name' | 'layout_json' | 'settings_json'>

export interface Merged {
  content: Content
  /** The ids of items, 'name' or 'settings', that both changed in different ways. */
  clashes: string[]
}

export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
}

function pick<T>(base: T, mine: T, theirs: T): { value: T; clash: boolean } {
  if (same(mine, theirs) || same(base, mine)) return { value: theirs, clash: false }
  if (same(base, theirs)) return { value: mine, clash: false }
  return { value: mine, clash: true }
}

/** Three-way, by item id. Where both changed the same thing, mine stands in the content and the id among the clashes. */
export function merge(base: Content, mine: Content, theirs: Content): Merged {
  const clashes: string[] = []
  const settled = <T>(what: string, ...three: [T, T, T]): T => {
    const { value, clash } = pick(...three)
    if (clash) clashes.push(what)
    return value
  }
  const name = settled('name', base.name, mine.name, theirs.name)
  const settings_json = settled<Settings>('settings', base.settings_json, mine.settings_json, theirs.settings_json)
  const [was, my, their] = [base, mine, theirs].map((one) => new Map(one.layout_json.map((item) => [item.id, item])))
  const ids = new Set([...theirs.layout_json, ...mine.layout_json].map((item) => item.id))
  const layout_json: Item[] = []
  for (const id of ids) {
    const { value, clash } = pick(was?.get(id), my?.get(id), their?.get(id))
    if (clash) clashes.push(id)
    // Where one removed what the other changed, what was changed stays.
    const item = value ?? (clash ? their?.get(id) : undefined)
    if (item) layout_json.push(item)
  }
  return { content: { name, settings_json, layout_json }, clashes }
}

export interface Change {
  id: string
  item: Item
  kind: 'added' | 'removed' | 'changed' | 'moved'
}

/** What one side did since the base, item by item: for the dialog that shows both. */
export function changes(base: Content, now: Content): Change[] {
  const was = new Map(base.layout_json.map((item) => [item.id, item]))
  const is = new Map(now.layout_json.map((item) => [item.id, item]))
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((id): Change[] => {
    const [before, after] = [was.get(id), is.get(id)]
    if (same(before, after)) return []
    const item = after ?? before
    if (!item) return []
    if (!before) return [{ id, item, kind: 'added' }]
    if (!after) return [{ id, item, kind: 'removed' }]
    return [{ id, item, kind: same(content(before), content(after)) ? 'moved' : 'changed' }]
  })
}

function content({ widget, params, title, refresh }: Item): unknown {
  return { widget, params, title, refresh }
}
