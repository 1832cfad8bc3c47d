import { onScopeDispose, ref, type Ref } from 'vue'

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
