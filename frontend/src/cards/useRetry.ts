import { computed, onScopeDispose, ref, watch, type Ref } from 'vue'
import type { Envelope } from '../api/types'

const STEP = 5000

/** When a failed fetch is tried again, and a clock that ticks only while somebody waits for it. */
export function useRetry(envelope: () => Envelope | null): { at: Readonly<Ref<number | null>>; now: Readonly<Ref<number>> } {
  const at = ref<number | null>(null)
  const now = ref(Date.now())
  let timer: ReturnType<typeof setInterval> | undefined
  const stop = (): void => clearInterval(timer)
  watch(
    envelope,
    (found) => {
      stop()
      now.value = Date.now()
      const wait = found?.error?.retry_after
      at.value = typeof wait === 'number' ? now.value + wait * 1000 : null
      if (at.value === null) return
      timer = setInterval(() => {
        now.value = Date.now()
        if (at.value !== null && now.value >= at.value) stop()
      }, STEP)
    },
    { immediate: true },
  )
  onScopeDispose(stop)
  return { at: computed(() => at.value), now: computed(() => now.value) }
}
