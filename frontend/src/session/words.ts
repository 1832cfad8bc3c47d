import type { Problem } from '@/api/types'

type Say = (key: string, named: Record<string, unknown>) => string

/** What to say of a sign-in that failed. */
export function signProblem(problem: Problem, mode: 'login' | 'register', say: Say): string {
  const minutes = Math.max(1, Math.ceil((problem.retry_after ?? 60) / 60))
  if (problem.status === 0) return say('session.problem.offline', {})
  if (problem.status === 401 && mode === 'login') return say('session.problem.wrong', {})
  if (problem.status === 409) return say('session.problem.taken', {})
  if (problem.status === 403) return say('session.problem.closed', {})
  if (problem.status === 429) return say('session.problem.many', { minutes })
  return say('session.problem.other', { detail: problem.detail || problem.title || problem.status })
}
