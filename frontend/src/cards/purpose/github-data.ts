import { moment } from '../age'
import { link, text, type Row } from '../data'

export interface Told {
  readonly verb: string
  readonly what: string
  readonly title: string
  /** The repository, where the sentence does not name it. */
  readonly meta: readonly string[]
  readonly url: string | null
  readonly at: number | null
  readonly type: string
}

/** An event's sentence apart: what was done, to what, and its title. The repository stands below, so it is taken out. */
export function told(row: Row): Told {
  const repo = text(row.repo) ?? ''
  const sentence = text(row.summary) ?? ''
  const bare = repo ? sentence.replace(` in ${repo}`, '') : sentence
  const cut = bare.indexOf(': ')
  const head = cut < 0 ? bare : bare.slice(0, cut)
  const [, verb = head, what = ''] = /^(\S+(?: (?:on|for|to|of))?)(?: (.*))?$/.exec(head) ?? []
  return {
    verb,
    what,
    title: cut < 0 ? '' : bare.slice(cut + 2),
    meta: repo && !bare.includes(repo) ? [repo] : [],
    url: link(row.url) ?? link(row.repo_url),
    at: moment(row.created_at),
    type: text(row.type) ?? '',
  }
}
