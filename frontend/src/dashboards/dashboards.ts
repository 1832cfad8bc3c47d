/** The user's dashboards: all of them, newest first, with the ETag of each that was read alone. */
import { defineStore } from 'pinia'
import { computed, readonly, ref, shallowRef } from 'vue'
import { askCatalog } from '@/api/catalog'
import { isRecord } from '@/api/problem'
import type { Result } from '@/api/client'
import type { CatalogEntry, Dashboard, Problem } from '@/api/types'
import { forget, keep, kept } from '@/live/offline'
import { askAll, askOne, erase, make, put, type Tagged } from './calls'
import type { Content } from './conflict'

const isList = (value: unknown): value is Dashboard[] => Array.isArray(value) && value.every((one) => isRecord(one) && 'layout_json' in one)
const isCatalog = (value: unknown): value is CatalogEntry[] => Array.isArray(value) && value.every((one) => isRecord(one) && 'params' in one)

export const useDashboardsStore = defineStore('dashboards', () => {
  const list = shallowRef<Dashboard[]>([])
  const catalog = shallowRef<CatalogEntry[]>([])
  const state = ref<'new' | 'loading' | 'ready' | 'failed'>('new')
  const problem = shallowRef<Problem | null>(null)
  const etags = new Map<string, string | null>()
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('insightboard.dashboards')
  let loading: Promise<void> | null = null
  // Raised at sign-out: what was asked for before is not for who signs in next.
  let generation = 0

  async function ask(): Promise<void> {
    const mine = generation
    if (state.value !== 'ready') {
      state.value = 'loading'
      void recall()
    }
    const [all, entries] = await Promise.all([askAll(), catalog.value.length > 0 ? null : askCatalog()])
    const oldEntries = entries && !entries.ok ? await kept('catalog', isCatalog) : undefined
    const oldAll = !all.ok && state.value !== 'ready' ? await kept('dashboards', isList) : undefined
    if (mine !== generation) return
    if (entries?.ok) void keep('catalog', (catalog.value = entries.data))
    else if (entries) catalog.value = oldEntries ?? []
    problem.value = all.ok ? null : all.problem
    if (all.ok) void keep('dashboards', (list.value = all.data))
    else if (state.value !== 'ready') list.value = oldAll ?? []
    state.value = all.ok || list.value.length > 0 ? 'ready' : 'failed'
  }

  /** What was kept on this device stands in until the answer comes: the same cards in the same places. */
  async function recall(): Promise<void> {
    const mine = generation
    const [all, entries] = await Promise.all([kept('dashboards', isList), kept('catalog', isCatalog)])
    if (mine !== generation || state.value !== 'loading') return
    if (list.value.length === 0) list.value = all ?? []
    if (catalog.value.length === 0) catalog.value = entries ?? []
  }

  /** Reads them all, once at a time. */
  function load(): Promise<void> {
    if (loading) return loading
    const mine = ask().finally(() => {
      if (loading === mine) loading = null
    })
    return (loading = mine)
  }

  function clear(): void {
    generation++
    loading = null
    list.value = []
    problem.value = null
    etags.clear()
    state.value = 'new'
  }

  function set(dashboard: Dashboard): void {
    const known = list.value.some((one) => one.id === dashboard.id)
    list.value = known ? list.value.map((one) => (one.id === dashboard.id ? dashboard : one)) : [dashboard, ...list.value]
    void keep('dashboards', list.value)
  }

  async function take(asked: Promise<Result<Tagged>>): Promise<Result<Tagged>> {
    const mine = generation
    const found = await asked
    if (!found.ok || mine !== generation) return found
    etags.set(found.data.dashboard.id, found.data.etag)
    set(found.data.dashboard)
    return found
  }

  const changed = (id: string): void => channel?.postMessage({ id })

  async function create(content: Content): Promise<Result<Tagged>> {
    const found = await take(make(content))
    if (found.ok) changed(found.data.dashboard.id)
    return found
  }

  async function change(id: string, part: Partial<Content>, etag: string | null): Promise<Result<Tagged>> {
    const found = await take(put(id, part, etag))
    if (found.ok) changed(id)
    return found
  }

  async function remove(id: string): Promise<Problem | null> {
    const mine = generation
    const found = await erase(id)
    if (!found.ok && found.problem.status !== 404) return found.problem
    if (mine === generation) drop(id)
    changed(id)
    return null
  }

  function drop(id: string): void {
    list.value = list.value.filter((one) => one.id !== id)
    void keep('dashboards', list.value)
    void forget(`board:${id}`)
  }

  const reread = (id: string): Promise<Result<Tagged>> => take(askOne(id))
  const byId = (id: string | null): Dashboard | undefined => list.value.find((one) => one.id === id)
  const entryOf = (name: string): CatalogEntry | undefined => catalog.value.find((one) => one.name === name)
  const etagOf = (id: string): string | null => etags.get(id) ?? null
  const names = computed(() => list.value.map(({ id, name }) => ({ id, name })))

  /** Calls back when another tab has changed a dashboard. */
  function onElsewhere(listener: (id: string) => void): () => void {
    const heard = ({ data }: MessageEvent<{ id: string }>): void => listener(data.id)
    channel?.addEventListener('message', heard)
    return () => channel?.removeEventListener('message', heard)
  }

  return { list, catalog, names, state: readonly(state), problem, load, clear, set, create, change, remove, reread, byId, entryOf, etagOf, onElsewhere }
})
