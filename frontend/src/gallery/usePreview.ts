import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { Envelope, Params } from '../api/types'

const CALM = 500
export type Ask = (widget: string, params: Params) => Promise<Envelope>

export interface Preview {
  readonly envelope: ShallowRef<Envelope | null>
  readonly failed: ShallowRef<boolean>
}

/** Asks for a widget's data once its form has rested; an answer that comes too late is not shown. */
export function usePreview(wanted: () => { widget: string; params: Params } | null, ask: Ask): Preview {
  const envelope = shallowRef<Envelope | null>(null)
  const failed = shallowRef(false)
  let asked = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function fetchNow(widget: string, params: Params, mine: number): Promise<void> {
    try {
      const found = await ask(widget, params)
      if (mine === asked) envelope.value = found
    } catch {
      if (mine === asked) failed.value = true
    }
  }

  watch(
    () => JSON.stringify(wanted()),
    () => {
      clearTimeout(timer)
      const mine = ++asked
      envelope.value = null
      failed.value = false
      const now = wanted()
      if (now) timer = setTimeout(() => void fetchNow(now.widget, now.params, mine), CALM)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    asked++
  })
  return { envelope, failed }
}
