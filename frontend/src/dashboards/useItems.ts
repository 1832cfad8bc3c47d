/** What is done with the widgets of the open dashboard. */
import { useI18n } from 'vue-i18n'
import type { Item, Params } from '@/api/types'
import { startSize } from '@/gallery/sizes'
import { withItem, withoutItem } from '@/grid/layout'
import { useLiveStore } from '@/live/live'
import type { Polling } from '@/live/usePolling'
import { say } from '@/ui/toasts'
import { useDashboardsStore } from './dashboards'
import type { useBoard } from './useBoard'
import { useProblems } from './useProblems'

export type Board = ReturnType<typeof useBoard>
export type Items = ReturnType<typeof useItems>
type Chosen = Pick<Item, 'title' | 'refresh'> & { params: Params }

export function useItems(board: Board, polling: Polling) {
  const { t, te } = useI18n()
  const live = useLiveStore()
  const store = useDashboardsStore()
  const { failed } = useProblems()

  function titleOf(item: Item): string {
    const key = `providers.${item.widget}.title`
    return item.title || (te(key) ? t(key) : (store.entryOf(item.widget)?.title ?? item.widget))
  }

  async function refresh(item: Item): Promise<void> {
    const found = await live.refresh(item)
    polling.hurry()
    if (found.ok || found.problem.type.includes('provider-')) return
    if (found.problem.status === 429) say(t('live.limited', { seconds: found.problem.retry_after ?? 10 }))
    else failed(found.problem)
  }

  async function refreshAll(): Promise<void> {
    await Promise.all((board.dashboard.value?.layout_json ?? []).map((item) => live.refresh(item)))
    polling.hurry()
    say(t('live.refreshing'), undefined, 3000)
  }

  function add(widget: string, { params, title, refresh: every }: Chosen): string | null {
    const dashboard = board.dashboard.value
    if (!dashboard) return null
    const id = `${widget}-${Math.random().toString(36).slice(2, 8)}`.slice(-64)
    const view = store.entryOf(widget)?.view ?? ''
    const item = { id, widget, params, ...(title ? { title } : {}), ...(every ? { refresh: every } : {}) }
    board.apply(withItem(dashboard, item, startSize(widget, view)))
    return id
  }

  function change(item: Item, { params, title, refresh: every }: Chosen): void {
    const dashboard = board.dashboard.value
    if (!dashboard) return
    const { title: noTitle, refresh: noRefresh, ...rest } = dashboard.layout_json.find((one) => one.id === item.id) ?? item
    const changed: Item = { ...rest, params, ...(title ? { title } : {}), ...(every ? { refresh: every } : {}) }
    board.apply({ ...dashboard, layout_json: dashboard.layout_json.map((one) => (one.id === item.id ? changed : one)) })
  }

  function remove(item: Item): void {
    const dashboard = board.dashboard.value
    if (!dashboard) return
    board.apply(withoutItem(dashboard, item.id))
    say(t('dashboards.removed', { title: titleOf(item) }), { label: t('app.undo'), run: () => restore(item) })
  }

  function restore(item: Item): void {
    const dashboard = board.dashboard.value
    if (!dashboard || dashboard.layout_json.some((one) => one.id === item.id)) return
    board.apply({ ...dashboard, layout_json: [...dashboard.layout_json, item] })
  }

  return { titleOf, refresh, refreshAll, add, change, remove }
}
