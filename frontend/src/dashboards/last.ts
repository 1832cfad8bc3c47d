/** Which dashboard was open last in this browser. */
const LAST = 'insightboard.last'

export function last(): string | null {
  try {
    return localStorage.getItem(LAST)
  } catch {
    return null
  }
}

export function remember(id: string): void {
  try {
    localStorage.setItem(LAST, id)
  } catch {
    // The first one is opened next time.
  }
}

/** Which of these is opened where the address names none. */
export function chosenOf<T extends { id: string }>(list: readonly T[]): T | undefined {
  const id = last()
  return list.find((one) => one.id === id) ?? list[0]
}
