/** Cards are drawn once, with their data, unless that takes long enough to be noticed: then as bones first. */
import { computed, ref, watch, type Ref } from 'vue'
import { useLiveStore } from '@/live/live'

const PATIENCE = 150

/** Whether the dashboard's cards may be drawn. */
export function useFirstData(id: Readonly<Ref<string | null>>): Readonly<Ref<boolean>> {
  const live = useLiveStore()
  const late = ref(false)
  watch(id, (_now, _before, onCleanup) => {
    late.value = false
    const timer = setTimeout(() => (late.value = true), PATIENCE)
    onCleanup(() => clearTimeout(timer))
  }, { immediate: true })
  return computed(() => late.value || live.problem !== null || Object.keys(live.envelopes).length > 0)
}
