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
