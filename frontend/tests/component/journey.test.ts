import 'fake-indexeddb/auto'
import { flushPromises } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, type App as Page } from 'vue'
import App from '@/App.vue'
import type { Dashboard, Item } from '@/api/types'
import { i18n } from '@/i18n'
import { makeRouter } from '@/router'
import { useDashboardsStore } from '@/dashboards/dashboards'
import { starterItems } from '@/dashboards/starter'
import { FakeApi, PERSON } from '../fake-api'

let api: FakeApi
let page: Page

/** A browser's part: it keeps the cookies of a sign-in (which happy-dom shows to no script) and sends them. */
function browse(): void {
  let session = ''
  vi.stubGlobal('fetch', async (request: Request) => {
    const response = await api.handle(request, `insightboard_session=${session}`)
    if (response.ok && /\/(?:login|register)$/.test(new URL(request.url).pathname)) {
      session = [...api.sessions.keys()].at(-1) ?? ''
      document.cookie = `insightboard_csrf=csrf-${session}; path=/`
    }
    return response
  })
}

/** Waits for what a user would wait for: lazy pages are loaded while the test runs. */
function until(act: () => void): Promise<void> {
  return vi.waitFor(act, { timeout: 10_000, interval: 20 })
}

/** In the order of main.ts: the router has found its way before anything is drawn. */
async function open(path: string): Promise<void> {
  window.history.replaceState({}, '', path)
  const router = makeRouter()
  page = createApp(App).use(createPinia()).use(i18n).use(router)
  await router.isReady()
  page.mount(document.body.appendChild(document.createElement('div')))
  await flushPromises()
}

async function type(label: string, text: string): Promise<void> {
  await until(() => expect([...document.querySelectorAll('label')].map((one) => one.textContent)).toContain(label))
  const found = [...document.querySelectorAll('label')].find((one) => one.textContent === label)
  const input = document.getElementById(found?.htmlFor ?? '') as HTMLInputElement
  input.value = text
  input.dispatchEvent(new Event('input'))
  await flushPromises()
}

function button(name: string): HTMLButtonElement | undefined {
  return [...document.querySelectorAll('button')].find((one) => (one.getAttribute('aria-label') ?? one.textContent).trim() === name)
}

async function press(name: string): Promise<void> {
  await until(() => expect(button(name), name).toBeDefined())
  const found = button(name)
  if (found?.type === 'submit') found.closest('form')?.requestSubmit(found)
  else found?.click()
  await flushPromises()
}

async function arrow(id: string, key: string): Promise<void> {
  const grip = (): Element | null => document.querySelector(`[data-grip=${id}]`)
  await until(() => expect(grip()).not.toBeNull())
  grip()?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
}

async function signIn(email = PERSON.email): Promise<void> {
  await type('E-mail', email)
  await type('Password', PERSON.password)
  await press('Sign in')
}

beforeEach(() => {
  api = new FakeApi()
  window.innerWidth = 1440
  browse()
})
afterEach(() => {
  page.unmount()
  document.body.replaceChildren()
  document.cookie = 'insightboard_csrf=; path=/; max-age=0'
  localStorage.clear()
  vi.unstubAllGlobals()
})

const cards = (): number => document.querySelectorAll('article.card').length
const only = (): Dashboard | undefined => [...api.saved.values()][0]?.dashboard

describe('the page', () => {
  it('leads a stranger to sign in, and back to where they were going', async () => {
    const id = api.demo(starterItems('Europe/Oslo', 'en'))
    await open(`/d/${id}`)
    expect(location.pathname).toBe('/login')
    expect(api.asked).toEqual([])
    await signIn()
    await until(() => expect(cards()).toBe(5))
    expect(location.pathname).toBe(`/d/${id}`)
  })

  it('offers no account where the server has said that it makes none', async () => {
    api.closed = true
    await open('/register')
    await type('E-mail', 'new@example.org')
    await type('Password', PERSON.password)
    await press('Create account')
    await until(() => expect(document.body.textContent).toContain('takes no new accounts'))
    document.querySelector<HTMLElement>('a[href^="/login"]')?.click()
    await until(() => expect(document.querySelector('h1')?.textContent).toBe('Sign in'))
    expect(document.querySelector('a[href^="/register"]')).toBeNull()
  })

  it('fills the screen of somebody new with one click', async () => {
    await open('/')
    await signIn()
    await press('Use the starter')
    await until(() => expect(cards()).toBe(5))
    expect(only()?.layout_json).toHaveLength(5)
  })

  it('says in words that a password is wrong', async () => {
    await open('/login')
    await type('E-mail', PERSON.email)
    await type('Password', 'not this one')
    await press('Sign in')
    await until(() => expect(document.querySelector('[role=alert]')?.textContent).toContain('E-mail or password is not right'))
  })

  it('saves a move by keys, with the ETag and the CSRF token', async () => {
    api.demo(starterItems('Europe/Oslo', 'en'))
    await open('/')
    await signIn()
    await press('Edit')
    await arrow('news', 'ArrowUp')
    const saved = (id: string): Item | undefined => only()?.layout_json.find((one) => one.id === id)
    await until(() => expect(saved('news')?.y).toBe(0))
    expect(api.asked.filter((one) => one.startsWith('PUT'))).toHaveLength(1)
    expect(document.querySelector('[aria-live=polite]')?.textContent).toContain('row 1')
  })

  it('asks for the data of a widget that comes back, and for nothing when one merely moves', async () => {
    api.demo(starterItems('Europe/Oslo', 'en'))
    await open('/')
    await signIn()
    await press('Edit')
    const count = (): number => api.asked.filter((one) => one.endsWith('/data')).length
    const puts = (): number => api.asked.filter((one) => one.startsWith('PUT')).length
    await until(() => expect(count()).toBe(1))
    await arrow('news', 'ArrowUp')
    await until(() => expect(puts()).toBe(1))
    await arrow('crypto', 'Delete')
    await until(() => expect(cards()).toBe(4))
    await until(() => expect(count()).toBe(2))
    expect(only()?.layout_json).toHaveLength(4)
  })

  it('asks once for each thing on the way to the dashboard of the address', async () => {
    const id = api.demo(starterItems('Europe/Oslo', 'en'))
    await open('/login')
    await signIn()
    await until(() => expect(cards()).toBe(5))
    page.unmount()
    api.asked.length = 0

    await open(`/d/${id}`)
    await until(() => expect(cards()).toBe(5))

    expect(api.asked.toSorted()).toEqual(['GET /api/dashboards', `GET /api/dashboards/${id}/data`, 'GET /api/me', 'GET /api/widgets'])
  })

  it('shows who signs in again what is theirs, not what was refused', async () => {
    const id = api.demo(starterItems('Europe/Oslo', 'en'))
    await open('/login')
    await signIn()
    await until(() => expect(cards()).toBe(5))
    page.unmount()
    api.sessions.clear()
    await open(`/d/${id}`)
    await until(() => expect(location.pathname).toBe('/login'))
    api.asked.length = 0

    await signIn()
    await until(() => expect(cards()).toBe(5))

    expect(api.asked).toContain(`GET /api/dashboards/${id}/data`)
  })

  it('shows nobody what was kept of another, whose session ended while the server was failing', async () => {
    api.demo(starterItems('Europe/Oslo', 'en'))
    await open('/login')
    await signIn()
    await until(() => expect(cards()).toBe(5))
    page.unmount()
    api.sessions.clear()
    const asked = fetch
    vi.stubGlobal('fetch', async (request: Request) => {
      if (!request.url.endsWith('/api/me')) return new Response('', { status: 503 })
      await vi.waitUntil(() => useDashboardsStore().state === 'ready')
      return asked(request)
    })
    await open('/')
    expect(location.pathname).toBe('/login')
    vi.stubGlobal('fetch', asked)

    const other = 'ben@example.com'
    api.accounts.set(other, { ...PERSON, email: other, id: api.id(), created_at: new Date().toISOString() })
    api.demo(starterItems('Europe/Oslo', 'en').slice(0, 2), 'Evening', other)
    await signIn(other)
    await until(() => expect(cards()).toBe(2))
    expect(useDashboardsStore().list.map((one) => one.name)).toEqual(['Evening'])
  })

  it('leaves nothing on the page when the session ends', async () => {
    api.demo(starterItems('Europe/Oslo', 'en'))
    await open('/')
    await signIn()
    await press('Edit')
    api.sessions.clear()
    await arrow('news', 'ArrowRight')
    await until(() => expect(location.pathname).toBe('/login'))
    await until(() => expect(document.body.textContent).toContain('Your session has ended'))
    expect(cards()).toBe(0)
  })
})
