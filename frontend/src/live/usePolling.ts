/** Ties a poller to the page: paused while hidden, awake with the network, one tab for all. */
import { onScopeDispose, watch, type Ref } from 'vue'
import { useLiveStore } from './live'
import { Poller, type Heard } from './poller'

const CHANNEL = 'insightboard.live'
type Message = { kind: 'heard'; id: string; heard: Heard } | { kind: 'hurry'; id: string }

export interface Polling {
  /** Asks again at once, and has the leading tab look out for what comes. */
  hurry: () => void
}

export function usePolling(id: Readonly<Ref<string | null>>): Polling {
  const live = useLiveStore()
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL)
  let poller: Poller | null = null
  let end: (() => void) | null = null

  function tell(message: Message): void {
    channel?.postMessage(message)
  }

  function begin(dashboard: string): void {
    live.show(dashboard)
    const mine = new Poller({
      ask: (etag) => live.ask(dashboard, etag),
      hear: (heard) => live.hear(dashboard, heard),
      tell: (heard) => tell({ kind: 'heard', id: dashboard, heard }),
    })
    poller = mine
    const release = leadWhileSeen(dashboard, mine)
    end = () => {
      release()
      mine.stop()
    }
    void mine.ask()
  }

  channel?.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.id !== id.value) return
    if (data.kind === 'heard') poller?.hearElsewhere(data.heard)
    else if (document.visibilityState === 'visible') void poller?.hurry()
  })

  function online(): void {
    void poller?.hurry()
  }
  window.addEventListener('online', online)
  watch(id, (now) => {
    end?.()
    end = poller = null
    if (now === null) live.show(null)
    else begin(now)
  }, { immediate: true })
  onScopeDispose(() => {
    end?.()
    channel?.close()
    window.removeEventListener('online', online)
  })
  return { hurry: () => void poller?.hurry() }
}

/** Leads while this tab is seen and holds the dashboard's lock; without locks each seen tab asks for itself. */
function leadWhileSeen(dashboard: string, poller: Poller): () => void {
  let giveUp: AbortController | null = null
  let letGo: (() => void) | null = null

  function seen(): void {
    if (document.visibilityState === 'hidden') return rest()
    if (giveUp) return
    giveUp = new AbortController()
    const { signal } = giveUp
    // Not there outside https and localhost.
    const locks = navigator.locks as LockManager | null | undefined
    if (!locks) return poller.lead()
    const held = async (): Promise<void> => {
      poller.lead()
      await new Promise<void>((resolve) => (letGo = resolve))
    }
    locks.request(`insightboard.live.${dashboard}`, { signal }, held).catch(() => undefined)
  }

  function rest(): void {
    giveUp?.abort()
    letGo?.()
    giveUp = letGo = null
    poller.rest()
  }

  document.addEventListener('visibilitychange', seen)
  seen()
  return () => {
    document.removeEventListener('visibilitychange', seen)
    rest()
  }
}
