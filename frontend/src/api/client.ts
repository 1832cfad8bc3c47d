/** The only way to the API: typed by its OpenAPI document, with the CSRF header on writes. */
import createClient, { type Middleware } from 'openapi-fetch'
import { OFFLINE, toProblem } from './problem'
import type { paths } from './schema'
import type { Problem } from './types'

export const CSRF_COOKIE = 'insightboard_csrf'
const SAFE = new Set(['GET', 'HEAD'])

export type Result<T> =
  | { ok: true; data: T; response: Response }
  | { ok: false; problem: Problem; response: Response | null }

type Listener = () => void
const signedOut = new Set<Listener>()

/** Calls back when an answer says that nobody is signed in any more. */
export function onSignedOut(listener: Listener): void {
  signedOut.add(listener)
}

export function readCookie(name: string, cookies = document.cookie): string | undefined {
  const found = cookies.split('; ').find((one) => one.startsWith(`${name}=`))
  return found === undefined ? undefined : decodeURIComponent(found.slice(name.length + 1))
}

const csrf: Middleware = {
  onRequest({ request }) {
    const value = SAFE.has(request.method) ? undefined : readCookie(CSRF_COOKIE)
    if (value !== undefined) request.headers.set('X-CSRF-TOKEN', value)
    return request
  },
}

const session: Middleware = {
  onResponse({ response, schemaPath }) {
    if (response.status !== 401 || schemaPath.startsWith('/api/auth/') || schemaPath === '/api/me/password') return
    for (const listener of signedOut) listener()
  },
}

export const client = createClient<paths>({
  baseUrl: typeof location === 'undefined' ? 'http://localhost' : location.origin,
  fetch: (request) => fetch(request),
  credentials: 'same-origin',
})
client.use(csrf, session)

interface Answered<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Turns an answer into data or a Problem; a network that is away is a Problem too. */
export async function settle<T>(asked: Promise<Answered<T>>): Promise<Result<T>> {
  try {
    const { data, error, response } = await asked
    if (response.ok && data !== undefined) return { ok: true, data, response }
    if (response.ok && response.status === 204) return { ok: true, data: data as T, response }
    return { ok: false, problem: toProblem(error, response.status, response.headers.get('Retry-After')), response }
  } catch {
    return { ok: false, problem: OFFLINE, response: null }
  }
}

export type Query = Record<string, unknown>

/** A query as the API reads it: a list is its name repeated, and what is not given is left out. */
export function toQuery(params: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (one !== undefined && one !== null && one !== '') search.append(name, String(one as string))
    }
  }
  return search.toString()
}

/** Reads what a provider answers; its name and parameters are known at run time only. */
export async function read(path: string, params: Query, headers: Record<string, string> = {}): Promise<Result<unknown>> {
  const search = toQuery(params)
  try {
    const response = await fetch(new Request(`${location.origin}${path}${search ? `?${search}` : ''}`, { headers, credentials: 'same-origin' }))
    const body: unknown = await response.json().catch(() => null)
    if (response.ok) return { ok: true, data: body, response }
    if (response.status === 401) for (const listener of signedOut) listener()
    return { ok: false, problem: toProblem(body, response.status, response.headers.get('Retry-After')), response }
  } catch {
    return { ok: false, problem: OFFLINE, response: null }
  }
}
