import type { Problem } from './types'

export const OFFLINE: Problem = { type: 'about:offline', title: 'Offline', status: 0, detail: '' }

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isProblem(value: unknown): value is Problem {
  return isRecord(value) && typeof value.type === 'string' && typeof value.status === 'number'
}

/** The end of a problem's type, by which problems are told apart: 'provider-timeout'. */
export function kindOf(problem: Problem): string {
  return problem.type.split(/[/:#]/).at(-1) ?? ''
}

/** Reads an error body; whatever it is, a Problem comes back. */
export function toProblem(body: unknown, status: number, retryAfter?: string | null): Problem {
  const seconds = readRetryAfter(retryAfter)
  const told = isRecord(body) ? body : {}
  return {
    type: text(told.type) ?? 'about:unreadable',
    title: text(told.title) ?? '',
    status: typeof told.status === 'number' ? told.status : status,
    detail: text(told.detail) ?? '',
    errors: isRecord(told.errors) ? told.errors : undefined,
    retry_after: typeof told.retry_after === 'number' ? told.retry_after : seconds,
    data: told.data,
  }
}

/** Retry-After in seconds: a number of them, or a date. */
export function readRetryAfter(value: string | null | undefined, now = Date.now()): number | undefined {
  if (!value) return undefined
  if (/^\d+$/.test(value)) return Number(value)
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000))
}

/** The message of one field of a 422, where it has one. */
export function fieldError(problem: Problem | null, field: string): string | undefined {
  const found = problem?.errors?.[field] ?? nested(problem?.errors?.json, field)
  return Array.isArray(found) ? text(found[0]) : text(found)
}

function nested(value: unknown, field: string): unknown {
  return isRecord(value) ? value[field] : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
