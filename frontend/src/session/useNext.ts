/** Where to go after signing in: the page that asked for it, never another site. */
import { computed, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useSessionStore } from './session'

export function safeNext(value: unknown): string {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) && !/^\/(?:login|register)\b/.test(value) ? value : '/'
}

export function useNext() {
  const route = useRoute()
  const router = useRouter()
  const session = useSessionStore()
  const next = computed(() => safeNext(route.query.next))
  const query = computed(() => (next.value === '/' ? {} : { next: next.value }))
  watch(() => session.isIn, (now) => {
    if (now) void router.replace(next.value)
  })
  return { next, query }
}
