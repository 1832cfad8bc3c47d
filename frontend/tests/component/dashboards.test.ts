import 'fake-indexeddb/auto'
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Dashboard } from '@/api/types'
import { useDashboardsStore } from '@/dashboards/dashboards'
import { forgetAll, keep, kept } from '@/live/offline'

type Answer = (response: Response) => void

/** What was asked and waits for its answer, in the order of asking. */
let waiting: { path: string; answer: Answer }[]

beforeEach(async () => {
  waiting = []
  vi.stubGlobal('fetch', (request: Request) => new Promise<Response>((answer) => waiting.push({ path: new URL(request.url).pathname, answer })))
  await forgetAll()
  setActivePinia(createPinia())
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const isAnything = (value: unknown): value is unknown => value !== undefined
const names = (): string[] => useDashboardsStore().list.map((one) => one.name)

function named(name: string): Dashboard {
  return { id: name, name, layout_json: [], settings_json: {}, created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' }
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

/** Answers the one that has waited longest for a path. */
async function answer(path: string, response: Response): Promise<void> {
  const found = await vi.waitUntil(() => waiting.find((one) => one.path === path))
  waiting.splice(waiting.indexOf(found), 1)
  found.answer(response)
}

async function signOut(): Promise<void> {
  useDashboardsStore().clear()
  await forgetAll()
}

it('shows and keeps nothing of an answer that comes after its user has gone', async () => {
  const store = useDashboardsStore()
  const annas = store.load()
  await signOut()
  const bens = store.load()

  await answer('/api/dashboards', json([named('Anna')]))
  await answer('/api/widgets', json([]))
  await annas

  expect(names()).toEqual([])
  expect(store.state).toBe('loading')
  expect(await kept('dashboards', isAnything)).toBeUndefined()
  void store.load()
  await flushPromises()
  expect(waiting.map((one) => one.path)).toEqual(['/api/dashboards', '/api/widgets'])

  await answer('/api/dashboards', json([named('Ben')]))
  await answer('/api/widgets', json([]))
  await bens
  expect(names()).toEqual(['Ben'])
})

it('lets what was kept for one user stand in for no other', async () => {
  await keep('dashboards', [named('Anna')])
  const store = useDashboardsStore()
  const annas = store.load()
  await vi.waitUntil(() => names().includes('Anna'))
  await answer('/api/dashboards', json({}, 503))
  await answer('/api/widgets', json({}, 503))
  await signOut()
  await annas
  expect(names()).toEqual([])
  expect(store.state).toBe('new')
})

it('lets what is read from the device for one user stand in for no other', async () => {
  await keep('dashboards', [named('Anna')])
  const store = useDashboardsStore()
  void store.load()
  const gone = signOut()
  void store.load()
  await gone
  await kept('dashboards', isAnything)
  expect(names()).toEqual([])
})

it('takes no dashboard that is saved after its user has gone', async () => {
  const store = useDashboardsStore()
  const saved = store.change('Anna', { name: 'Anna' }, null)
  await signOut()
  await answer('/api/dashboards/Anna', json(named('Anna')))
  await saved
  expect(names()).toEqual([])
  expect(store.etagOf('Anna')).toBeNull()
  expect(await kept('dashboards', isAnything)).toBeUndefined()
})
