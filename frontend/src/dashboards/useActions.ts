/** What can be done with whole dashboards: made, copied, carried in and out, deleted and brought back. */
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import type { Dashboard, Item } from '@/api/types'
import { say } from '@/ui/toasts'
import { contentOf } from './autosave'
import type { Content } from './conflict'
import { useDashboardsStore } from './dashboards'
import { starterItems } from './starter'
import { fileName, fromFile, toFile } from './transfer'
import { useProblems } from './useProblems'

const MOST_NAME = 100

export function useActions() {
  const { t } = useI18n()
  const router = useRouter()
  const store = useDashboardsStore()
  const { failed } = useProblems()

  async function open(content: Content): Promise<Dashboard | null> {
    const found = await store.create(content)
    if (!found.ok) {
      failed(found.problem)
      return null
    }
    await router.push(`/d/${found.data.dashboard.id}`)
    return found.data.dashboard
  }

  const create = (name: string, layout_json: Item[] = []) => open({ name, layout_json, settings_json: {} })

  function starter(): Promise<Dashboard | null> {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    return create(t('dashboards.starter.name'), starterItems(timeZone, navigator.language))
  }

  const duplicate = (from: Content) => open({ ...contentOf(from), name: t('dashboards.copy_of', { name: from.name }).slice(0, MOST_NAME) })

  async function remove(dashboard: Dashboard): Promise<void> {
    const problem = await store.remove(dashboard.id)
    if (problem) return failed(problem)
    const back = (): void => void open(contentOf(dashboard))
    say(t('dashboards.deleted', { name: dashboard.name }), { label: t('app.undo'), run: back })
    await router.push('/')
  }

  function exportFile(dashboard: Dashboard): void {
    const url = URL.createObjectURL(new Blob([JSON.stringify(toFile(dashboard), null, 2)], { type: 'application/json' }))
    const link = Object.assign(document.createElement('a'), { href: url, download: fileName(dashboard.name) })
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 1000)
  }

  function importFile(): void {
    const input = Object.assign(document.createElement('input'), { type: 'file', accept: '.json,application/json' })
    input.addEventListener('change', () => void carryIn(input.files?.[0]))
    input.click()
  }

  async function carryIn(file: File | undefined): Promise<void> {
    if (!file) return
    const read = fromFile(await file.text())
    if (typeof read === 'string') {
      say(t(`dashboards.import_refused.${read}`))
      return
    }
    if (await open(read)) say(t('dashboards.imported', { name: read.name }))
  }

  return { create, starter, duplicate, remove, exportFile, importFile, keepMine: (mine: Content) => store.create(mine) }
}
