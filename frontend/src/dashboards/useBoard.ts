/** The dashboard that is open: what it is, what it becomes while it is edited, and how that is saved and undone. */
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import type { Dashboard, Problem } from '@/api/types'
import { contentOf, Saver, type Conflict, type SaveState } from './autosave'
import { same, type Content } from './conflict'
import { useDashboardsStore } from './dashboards'

const MOST_UNDO = 50

interface Said {
  merged: () => void
  failed: (problem: Problem) => void
  /** Other data is wanted than before: a widget is new, or asks for something else. */
  wanted: () => void
}

function wants(content: Content): string {
  return JSON.stringify(content.layout_json.map(({ id, widget, params }) => [id, widget, params]).sort())
}

export function useBoard(id: Readonly<Ref<string | null>>, said: Said) {
  const store = useDashboardsStore()
  const dashboard = computed(() => store.byId(id.value))
  const editing = ref(false)
  const saving = ref<SaveState>('saved')
  const conflict = shallowRef<Conflict | null>(null)
  const past = shallowRef<Content[]>([])
  let saver: Saver | null = null

  function saverOf(from: Dashboard): Saver {
    const mine = from.id
    let wanted = wants(from)
    saver ??= new Saver(from, store.etagOf(mine), {
      put: (change, etag) => store.change(mine, change, etag).then((found) => (restore(), found)),
      ask: () => store.reread(mine).then((found) => (restore(), found)),
      onState: (state, problem) => {
        saving.value = state
        if (problem) said.failed(problem)
      },
      onSaved: (saved) => {
        const now = wants(saved.dashboard)
        if (now !== wanted) said.wanted()
        wanted = now
      },
      onMerged: (content) => {
        show(content)
        said.merged()
      },
      onConflict: (found) => (conflict.value = found),
    })
    return saver
  }

  /** What is being edited stays on the page while an answer brings what is saved. */
  let working: Content | null = null
  function restore(): void {
    if (working && saver?.busy) show(working)
  }

  function show(content: Content): void {
    working = contentOf(content)
    const now = dashboard.value
    if (now) store.set({ ...now, ...working })
  }

  function apply(next: Content): void {
    const now = dashboard.value
    if (!now || same(contentOf(now), contentOf(next))) return
    past.value = [...past.value.slice(1 - MOST_UNDO), contentOf(now)]
    const mine = saverOf(now)
    show(next)
    mine.push(next)
  }

  function undo(): boolean {
    const before = past.value.at(-1)
    const now = dashboard.value
    if (!before || !now) return false
    past.value = past.value.slice(0, -1)
    const mine = saverOf(now)
    show(before)
    mine.push(before)
    return true
  }

  async function resolve(content: Content | null): Promise<void> {
    const theirs = conflict.value?.theirs
    conflict.value = null
    const chosen = content ?? theirs
    if (chosen) show(chosen)
    await saver?.resolve(content)
  }

  watch(id, () => {
    void saver?.flush()
    saver = working = null
    past.value = []
    editing.value = false
    saving.value = 'saved'
  })
  const deaf = store.onElsewhere((changed) => {
    if (saver?.busy) return
    saver = null
    if (changed === id.value) void store.reread(changed)
    else void store.load()
  })
  const leave = (): void => void saver?.flush()
  // What another device changed while this tab was not looked at.
  function seen(): void {
    if (document.visibilityState === 'hidden' || saver?.busy) return
    saver = null
    void store.load()
  }
  document.addEventListener('visibilitychange', seen)
  window.addEventListener('pagehide', leave)
  onScopeDispose(() => {
    deaf()
    leave()
    window.removeEventListener('pagehide', leave)
    document.removeEventListener('visibilitychange', seen)
  })

  return { dashboard, editing, saving, conflict, canUndo: computed(() => past.value.length > 0), apply, undo, resolve }
}
