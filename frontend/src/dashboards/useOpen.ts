/** Which dashboard is open: the address's, else the last one that was, else the first. */
import { computed, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useDashboardsStore } from './dashboards'
import { chosenOf, remember } from './last'

export function useOpen() {
  const route = useRoute()
  const router = useRouter()
  const store = useDashboardsStore()
  const address = computed(() => (typeof route.params.id === 'string' && route.params.id !== '' ? route.params.id : null))
  const chosen = computed(() => (route.path === '/' ? chosenOf(store.list)?.id : undefined))
  // What is chosen is shown while the address is still on its way.
  const id = computed(() => address.value ?? chosen.value ?? null)

  function go(to: string | undefined): void {
    if (to !== undefined && to !== id.value) void router.push(`/d/${to}`)
  }

  watch([id, () => store.list], ([now, list]) => {
    if (now === null) return
    const found = list.find((one) => one.id === now)
    if (found) remember(now)
    document.title = found ? `${found.name} · InsightBoard` : 'InsightBoard'
    if (address.value === null) void router.replace(`/d/${now}`)
  }, { immediate: true })

  return { id, go }
}
