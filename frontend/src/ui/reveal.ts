/** Scrolls to an element, at once for those who want no motion. */
export function reveal(element: Element | null | undefined, block: ScrollLogicalPosition): void {
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches
  element?.scrollIntoView({ block, behavior: still ? 'auto' : 'smooth' })
}
