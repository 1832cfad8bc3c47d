/** Whether every word that is looked for begins a word of the texts. */
export function matches(query: string, ...texts: readonly string[]): boolean {
  const words = texts.join(' ').toLowerCase().split(/[^\p{L}\p{N}]+/u)
  const wanted = query.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean)
  return wanted.every((one) => words.some((word) => word.startsWith(one)))
}
