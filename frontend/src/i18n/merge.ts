/** Puts the files of one language together: the name of a file is the first part of its keys. */
export function merge<T>(files: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(files).map(([path, words]) => [path.replace(/^.*\/|\.json$/g, ''), words]))
}
