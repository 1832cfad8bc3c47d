/**
 * The API in memory, by hand: sessions in cookies, ETags, 304, 202, 412 and problems, with the demo's data.
 * Tests call `handle` as their fetch; `fake-server.ts` puts it behind a port, beside the built page.
 */
import type { BoardProblem, Dashboard, Envelope, Item, User } from '../src/api/types'
import fixture from './fixtures/demo.json' with { type: 'json' }
import { age } from './fixtures/age.ts'

export const PERSON = { email: 'demo@example.com', password: 'demo-insightboard' }
export type Mood = { kind: 'fresh' } | { kind: 'stale'; minutes: number; error: BoardProblem | null } | { kind: 'pending' } | { kind: 'error'; error: BoardProblem }

interface Account extends User {
  password: string
}

interface Saved {
  owner: string
  version: number
  dashboard: Dashboard
}

const HEADERS = { 'Content-Type': 'application/json' }
const TTL = 300_000

export class FakeApi {
  readonly asked: string[] = []
  readonly accounts = new Map<string, Account>()
  readonly sessions = new Map<string, string>()
  readonly saved = new Map<string, Saved>()
  /** How a provider fares, by its name or an item's id; fresh where nothing is said. */
  readonly moods = new Map<string, Mood>()
  down = false
  closed = false
  private next = 1
  private readonly started = Date.now()

  constructor() {
    this.accounts.set(PERSON.email, { ...PERSON, id: this.id(), created_at: new Date().toISOString() })
  }

  id(): string {
    return `00000000-0000-4000-8000-${String(this.next++).padStart(12, '0')}`
  }

  demo(layout: readonly Item[] = fixture.layout as Item[], name = 'Morning', email = PERSON.email): string {
    const id = this.id()
    const at = new Date().toISOString()
    const dashboard: Dashboard = { id, name, layout_json: [...layout], settings_json: {}, created_at: at, updated_at: at }
    this.saved.set(id, { owner: email, version: 1, dashboard })
    return id
  }

  /** Cookies are given apart where the environment lets no script set them on a request. */
  async handle(request: Request, cookies = request.headers.get('Cookie') ?? ''): Promise<Response> {
    if (this.down) throw new TypeError('Failed to fetch')
    const url = new URL(request.url)
    this.asked.push(`${request.method} ${url.pathname}${url.search}`)
    const text = ['POST', 'PUT'].includes(request.method) ? await request.text() : ''
    const body = (text ? JSON.parse(text) : {}) as Record<string, unknown>
    const [, , area = '', ...rest] = url.pathname.split('/')
    if (area === 'auth') return this.auth(rest[0] ?? '', body, cookies)
    const session = cookie(cookies, 'insightboard_session')
    const email = this.sessions.get(session)
    const account = this.accounts.get(email ?? '')
    if (!account) return problem(401, 'unauthorized', 'Nobody is signed in')
    if (!['GET', 'HEAD'].includes(request.method) && request.headers.get('X-CSRF-TOKEN') !== `csrf-${session}`) return problem(401, 'csrf', 'The CSRF token is missing')
    if (area === 'me') return this.me(account, request.method, body)
    if (area === 'widgets') return json(200, fixture.catalog)
    if (area === 'dashboards') return this.dashboards(account.email, rest, request, body)
    if (area === 'data') return this.data(rest, request)
    return problem(404, 'not-found', 'No such thing')
  }

  private auth(what: string, body: Record<string, unknown>, cookies: string): Response {
    const email = String(body.email ?? '').toLowerCase()
    if (what === 'logout') {
      this.sessions.delete(cookie(cookies, 'insightboard_session'))
      return empty(cleared())
    }
    const known = this.accounts.get(email)
    if (what === 'register') {
      if (this.closed) return problem(403, 'registration-closed', 'No new accounts')
      if (known) return problem(409, 'email-taken', 'Taken')
      this.accounts.set(email, { email, password: String(body.password), id: this.id(), created_at: new Date().toISOString() })
    } else if (known?.password !== body.password) return problem(401, 'wrong-credentials', 'E-mail or password is wrong')
    return this.signedIn(email, what === 'register' ? 201 : 200)
  }

  private signedIn(email: string, status: number): Response {
    const session = `s${String(this.next++)}`
    this.sessions.set(session, email)
    const headers = new Headers(HEADERS)
    headers.append('Set-Cookie', `insightboard_session=${session}; Path=/; HttpOnly; SameSite=Strict`)
    headers.append('Set-Cookie', `insightboard_csrf=csrf-${session}; Path=/; SameSite=Strict`)
    return new Response(JSON.stringify({ user: publicly(this.accounts.get(email)) }), { status, headers })
  }

  private me(account: Account, method: string, body: Record<string, unknown>): Response {
    if (method === 'GET') return json(200, publicly(account))
    if (method === 'PUT' && body.current_password !== account.password) return problem(422, 'validation', 'Wrong password')
    if (method === 'PUT') account.password = String(body.new_password)
    else this.accounts.delete(account.email)
    for (const [session, email] of this.sessions) if (email === account.email) this.sessions.delete(session)
    return empty(cleared())
  }

  private dashboards(email: string, [id, what]: string[], request: Request, body: Record<string, unknown>): Response {
    if (!id) {
      if (request.method === 'POST') {
        const made = this.demo(body.layout_json as Item[], String(body.name), email)
        const saved = this.saved.get(made)
        if (saved) saved.dashboard.settings_json = (body.settings_json ?? {}) as Dashboard['settings_json']
        return this.one(made, 201)
      }
      const mine = [...this.saved.values()].filter((one) => one.owner === email).map((one) => one.dashboard)
      return json(200, mine.sort((a, b) => b.updated_at.localeCompare(a.updated_at)))
    }
    const saved = this.saved.get(id)
    if (saved?.owner !== email) return problem(404, 'not-found', 'No such dashboard')
    if (what === 'data') return this.board(saved.dashboard, request)
    if (request.method === 'GET') return this.one(id, 200)
    if (request.method === 'DELETE') {
      this.saved.delete(id)
      return empty()
    }
    const match = request.headers.get('If-Match')
    if (match !== null && match !== etag(saved)) return problem(412, 'precondition-failed', 'It has changed meanwhile')
    saved.version++
    Object.assign(saved.dashboard, body, { updated_at: new Date().toISOString() })
    return this.one(id, 200)
  }

  private one(id: string, status: number): Response {
    const saved = this.saved.get(id)
    return saved ? json(status, saved.dashboard, { ETag: etag(saved) }) : problem(404, 'not-found', 'No such dashboard')
  }

  private board(dashboard: Dashboard, request: Request): Response {
    const widgets = Object.fromEntries(dashboard.layout_json.map((item) => [item.id, this.envelope(item)]))
    const tag = `W/"${String(JSON.stringify(widgets).length)}-${String(Math.floor((Date.now() - this.started) / TTL))}-${[...this.moods].map(([name, mood]) => name + mood.kind).join()}"`
    if (request.headers.get('If-None-Match') === tag) return new Response(null, { status: 304, headers: { ETag: tag } })
    return json(200, { widgets }, { ETag: tag })
  }

  private envelope(item: Item): Envelope {
    const mood = this.moods.get(item.id) ?? this.moods.get(item.widget) ?? { kind: 'fresh' }
    const period = Math.floor((Date.now() - this.started) / TTL) * TTL + this.started
    const at = (ms: number): string => new Date(ms).toISOString()
    const data = payload(item)
    const none = { data: null, fetched_at: null, expires_at: null }
    if (mood.kind === 'pending') return { state: 'pending', ...none, error: null, job: '00000000-0000-4000-8000-0000000000ff' }
    if (mood.kind === 'error') return { state: 'error', ...none, error: mood.error, job: null }
    if (mood.kind === 'fresh') return { state: 'fresh', data, fetched_at: at(period), expires_at: at(period + TTL), error: null, job: null }
    const then = period - mood.minutes * 60_000
    return { state: 'stale', data, fetched_at: at(then), expires_at: at(then + TTL), error: mood.error, job: null }
  }

  private data([widget = '', what]: string[], request: Request): Response {
    if (what === 'runs') return json(200, runs())
    const params = Object.fromEntries(new URL(request.url).searchParams)
    const found = this.envelope({ id: widget, widget, params, x: 0, y: 0, w: 1, h: 1 })
    if (found.error && found.state === 'error') return json(found.error.status, found.error)
    if (found.state === 'pending') return json(202, { job: found.job, state: 'queued', retry_after: 1 })
    return json(200, found.data, { Age: '0', 'Cache-Control': 'private, max-age=300' })
  }
}

function payload(item: Item): unknown {
  const all: Record<string, unknown> = fixture.payloads
  const found = age(item.widget, all[item.widget], Date.now())
  return item.widget === 'weather' ? { ...(found as object), city_name: item.params.city ?? 'Oslo' } : (found ?? null)
}

function runs(): unknown {
  const at = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()
  const failed = { outcome: 'failed', detail: 'GitHub answers 502 Bad Gateway', status_code: 502, request_id: 'a41f09c2' }
  return {
    next_try_at: new Date(Date.now() + 40_000).toISOString(),
    runs: [
      { at: at(1), duration_ms: 412, ...failed },
      { at: at(6), duration_ms: 388, ...failed },
      { at: at(22), duration_ms: 5000, ...failed, outcome: 'timed_out', detail: 'No answer in 5 s', status_code: null },
      { at: at(27), duration_ms: 231, outcome: 'succeeded', detail: null, status_code: 200, request_id: 'b77d1a90' },
    ],
  }
}

function etag(saved: Saved): string {
  return `"${String(saved.version)}"`
}

function publicly(account: Account | undefined): User | null {
  return account ? { id: account.id, email: account.email, created_at: account.created_at } : null
}

function cookie(cookies: string, name: string): string {
  return cookies.split('; ').find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
}

function cleared(): Headers {
  const headers = new Headers()
  for (const name of ['insightboard_session', 'insightboard_csrf']) headers.append('Set-Cookie', `${name}=; Path=/; Max-Age=0`)
  return headers
}

function empty(headers = new Headers()): Response {
  return new Response(null, { status: 204, headers })
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { ...HEADERS, ...headers } })
}

function problem(status: number, kind: string, detail: string): Response {
  return json(status, { type: `https://insightboard.example/problems/${kind}`, title: kind, status, detail }, { 'Content-Type': 'application/problem+json' })
}
