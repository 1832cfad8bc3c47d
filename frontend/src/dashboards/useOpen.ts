/** Which dashboard is open: the address's, else the last one that was, else the first. */
import { computed, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useDashboardsStore } from './dashboards'

const LAST = 'insightboard.last'

function last(): string | null {
  try {
    return localStorage.getItem(LAST)
  } catch {
    return null
  }
}

function remember(id: string): void {
  try {
    localStorage.setItem(LAST, id)
  } catch {
    // The first one is opened next time.
  }
}

export function useOpen() {
  const route = useRoute()
  const router = useRouter()
  const store = useDashboardsStore()
  const id = computed(() => (typeof route.params.id === 'string' && route.params.id !== '' ? route.params.id : null))

  function go(to: string | undefined): void {
    if (to !== undefined && to !== id.value) void router.push(`/d/${to}`)
  }

  void store.load()
  watch([id, () => store.list], ([now, list]) => {
    if (now !== null) {
      const found = list.find((one) => one.id === now)
      if (found) remember(now)
      document.title = found ? `${found.name} · InsightBoard` : 'InsightBoard'
      return
    }
    const to = list.find((one) => one.id === last()) ?? list[0]
    if (to && route.path === '/') void router.replace(`/d/${to.id}`)
  }, { immediate: true })

  return { id, go }
}
