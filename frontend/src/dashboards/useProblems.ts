/** What went wrong with an action, as a toast. */
import { useI18n } from 'vue-i18n'
import type { Problem } from '@/api/types'
import { say } from '@/ui/toasts'

export function useProblems() {
  const { t } = useI18n()
  const detail = (problem: Problem): string => problem.detail || problem.title || String(problem.status)

  function failed(problem: Problem): void {
    say(problem.status === 0 ? t('dashboards.failed_offline') : t('dashboards.failed', { detail: detail(problem) }))
  }

  function notSaved(problem: Problem): void {
    say(problem.status === 0 ? t('dashboards.save_offline') : t('dashboards.save_failed', { detail: detail(problem) }))
  }

  return { failed, notSaved }
}
