type Params = Readonly<Record<string, unknown>>

/** What a widget is about, in a few words: its first text, or the texts of its first list. */
export function subjectOf(params: Params): string {
  for (const value of Object.values(params)) {
    if (typeof value === 'string' && value !== '') return value
    if (Array.isArray(value) && value.length > 0) return value.map(String).join(', ')
  }
  return ''
}

/** Title and subject of a header; a title that only repeats the subject makes room for the provider's name. */
export function heading(own: string | null | undefined, provider: string, subject: string): [string, string] {
  const title = own?.trim()
  if (!title) return [provider, subject]
  return [title, same(title, subject) ? provider : subject]
}

function same(title: string, subject: string): boolean {
  const [short, long] = [title.toLowerCase(), subject.toLowerCase()]
  return short === long || long.startsWith(`${short},`)
}
