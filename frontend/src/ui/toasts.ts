/** What is said for a while at the foot of the page, with a way back where there is one. */
import { readonly, ref } from 'vue'

export interface Toast {
  id: number
  text: string
  action?: { label: string; run: () => void }
}

const LASTS = 10_000
const list = ref<Toast[]>([])
let next = 1

export const toasts = readonly(list)

export function dismiss(id: number): void {
  list.value = list.value.filter((one) => one.id !== id)
}

export function say(text: string, action?: Toast['action'], lasts = LASTS): number {
  const id = next++
  list.value = [...list.value.slice(-2), action ? { id, text, action } : { id, text }]
  setTimeout(() => dismiss(id), lasts)
  return id
}
