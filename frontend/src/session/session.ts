/** Who is signed in. The token is in a cookie that no script can read; other tabs hear of every change. */
import { defineStore } from 'pinia'
import { computed, readonly, ref } from 'vue'
import { client, CSRF_COOKIE, onSignedOut, readCookie, settle, type Result } from '@/api/client'
import { isRecord } from '@/api/problem'
import type { Problem, User } from '@/api/types'
import { forgetAll, keep, kept } from '@/live/offline'

export type SessionState = 'unknown' | 'in' | 'out' | 'offline'
/** Why the sign-in page is shown. */
export type Reason = 'left' | 'elsewhere' | 'ended' | 'password' | 'deleted'
type Message = { kind: 'in' } | { kind: 'out' }

const CHANNEL = 'insightboard.session'
/** Asks for cookies in place of a token in the body. */
const COOKIE = { params: { query: { session: 'cookie' } } } as const

function isUser(value: unknown): value is User {
  return isRecord(value) && typeof value.id === 'string' && typeof value.email === 'string'
}

export const useSessionStore = defineStore('session', () => {
  const user = ref<User | null>(null)
  const state = ref<SessionState>('unknown')
  const reason = ref<Reason | null>(null)
  /** Whether the server has said that it takes no new accounts. */
  const closed = ref(false)
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL)
  let loading: Promise<void> | null = null

  function enter(found: User): void {
    user.value = found
    state.value = 'in'
    reason.value = null
    void keep('me', found)
  }

  function leave(why: Reason): void {
    if (state.value === 'out') return
    user.value = null
    state.value = 'out'
    reason.value = why
    void forgetAll()
  }

  function tell(message: Message): void {
    channel?.postMessage(message)
  }

  async function ask(): Promise<void> {
    // Both cookies come and go together: without the readable one nobody is signed in.
    if (readCookie(CSRF_COOKIE) === undefined) {
      state.value = 'out'
      return
    }
    const found = await settle(client.GET('/api/me'))
    if (found.ok) return enter(found.data)
    if (found.problem.status === 401) {
      state.value = 'out'
      await forgetAll()
      return
    }
    user.value = (await kept('me', isUser)) ?? null
    state.value = user.value ? 'offline' : 'out'
  }

  /** Finds out once who is signed in. */
  function load(): Promise<void> {
    loading ??= ask()
    return loading
  }

  async function signIn(asked: Promise<Result<{ user: User }>>): Promise<Problem | null> {
    // What was kept is of somebody who is signed out, whoever signs in now.
    const [found] = await Promise.all([asked, forgetAll()])
    if (!found.ok) return found.problem
    enter(found.data.user)
    tell({ kind: 'in' })
    return null
  }

  const login = (email: string, password: string) =>
    signIn(settle(client.POST('/api/auth/login', { body: { email, password }, ...COOKIE })))
  async function register(email: string, password: string): Promise<Problem | null> {
    const problem = await signIn(settle(client.POST('/api/auth/register', { body: { email, password }, ...COOKIE })))
    closed.value = problem?.status === 403
    return problem
  }

  async function logout(): Promise<Problem | null> {
    const found = await settle(client.POST('/api/auth/logout'))
    if (!found.ok && found.problem.status !== 401) return found.problem
    return done('left')
  }

  async function changePassword(current_password: string, new_password: string): Promise<Problem | null> {
    const found = await settle(client.PUT('/api/me/password', { body: { current_password, new_password } }))
    return found.ok ? done('password') : found.problem
  }

  async function remove(): Promise<Problem | null> {
    const found = await settle(client.DELETE('/api/me'))
    return found.ok ? done('deleted') : found.problem
  }

  function done(why: Reason): null {
    leave(why)
    tell({ kind: 'out' })
    return null
  }

  onSignedOut(() => leave(state.value === 'unknown' ? 'left' : 'ended'))
  channel?.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.kind === 'out') leave('elsewhere')
    else if (state.value === 'out') {
      loading = null
      void load()
    }
  })

  const isIn = computed(() => state.value === 'in' || state.value === 'offline')
  return { user: readonly(user), state: readonly(state), reason: readonly(reason), closed: readonly(closed), isIn, load, login, register, logout, changePassword, remove }
})
