/** One timer for all ages on the page: the time in milliseconds, renewed each half minute and on return to the tab. */
import { onScopeDispose, readonly, ref, type Ref } from 'vue'

const EVERY = 30_000
const now = ref(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

export function tick(): void {
  now.value = Date.now()
}

function seen(): void {
  if (document.visibilityState === 'visible') tick()
}

export function useNow(): Readonly<Ref<number>> {
  if (users++ === 0) {
    tick()
    timer = setInterval(tick, EVERY)
    document.addEventListener('visibilitychange', seen)
  }
  onScopeDispose(() => {
    if (--users > 0) return
    clearInterval(timer)
    document.removeEventListener('visibilitychange', seen)
  })
  return readonly(now)
}
