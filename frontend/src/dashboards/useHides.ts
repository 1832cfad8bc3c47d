/** A header that goes when one reads on, and comes back when one turns (on phones, by its style sheet). */
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

const SLACK = 12

export function useHides(stays: () => boolean): Ref<boolean> {
  const hidden = ref(false)
  let last = 0
  function scrolled(): void {
    const now = window.scrollY
    if (Math.abs(now - last) < SLACK) return
    hidden.value = now > last && now > 56 && !stays()
    last = now
  }
  onMounted(() => window.addEventListener('scroll', scrolled, { passive: true }))
  onBeforeUnmount(() => window.removeEventListener('scroll', scrolled))
  return hidden
}
