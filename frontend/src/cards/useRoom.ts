import { onBeforeUnmount, onMounted, onScopeDispose, onUpdated, ref, type Ref } from 'vue'

/** Whether cards stand in one list below each other, as high as their content. */
export function useNarrow(): Ref<boolean> {
  const query = globalThis.matchMedia?.('(max-width: 599px)')
  const narrow = ref(query?.matches ?? false)
  const change = (event: MediaQueryListEvent): void => {
    narrow.value = event.matches
  }
  query?.addEventListener('change', change)
  onScopeDispose(() => query?.removeEventListener('change', change))
  return narrow
}

/** Whether a card's body scrolls, so that the keyboard must be able to reach it. */
export function useScrolls(body: Readonly<Ref<HTMLElement | null>>): Ref<boolean> {
  const scrolls = ref(false)
  let sized: ResizeObserver | undefined
  let frame = 0
  // All cards look in the same frame, after all of them have changed: else each look lays out the page anew.
  const look = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0
      const found = body.value
      scrolls.value = found !== null && found.scrollHeight > found.clientHeight + 1
    })
  }
  onMounted(() => {
    sized = new ResizeObserver(look)
    if (body.value) sized.observe(body.value)
  })
  onUpdated(look)
  onBeforeUnmount(() => {
    sized?.disconnect()
    cancelAnimationFrame(frame)
  })
  return scrolls
}
