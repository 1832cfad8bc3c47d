import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Result } from '@/api/client'
import type { Item } from '@/api/types'
import { Saver, type Conflict, type SaveState } from '@/dashboards/autosave'
import type { Tagged } from '@/dashboards/calls'
import type { Content } from '@/dashboards/conflict'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function item(id: string, x = 0): Item {
  return { id, widget: 'news', params: {}, x, y: 0, w: 4, h: 9 }
}

function content(...layout_json: Item[]): Content {
  return { name: 'Morning', layout_json, settings_json: {} }
}

const BASE = content(item('a'), item('b'))

/** A server with one dashboard, in memory. */
function server(first: Content) {
  let saved = first
  let version = 1
  let down = false
  const tagged = (): Tagged => ({ dashboard: { id: 'd', created_at: '', updated_at: '', ...saved }, etag: `"${String(version)}"` })
  const answer = (): Result<Tagged> => ({ ok: true, data: tagged(), response: new Response() })
  const refusal = (status: number): Result<Tagged> => ({ ok: false, problem: { type: 'x', title: '', status, detail: '' }, response: null })
  const puts: Partial<Content>[] = []
  return {
    puts,
    get saved() {
      return saved
    },
    fall: (now: boolean) => (down = now),
    elsewhere(now: Content) {
      saved = now
      version++
    },
    put(change: Partial<Content>, etag: string | null): Promise<Result<Tagged>> {
      if (down) return Promise.resolve(refusal(0))
      if (etag !== `"${String(version)}"`) return Promise.resolve(refusal(412))
      puts.push(change)
      saved = { ...saved, ...change }
      version++
      return Promise.resolve(answer())
    },
    ask: () => Promise.resolve(down ? refusal(0) : answer()),
  }
}

function wired(at: ReturnType<typeof server>, etag: string | null = '"1"') {
  const states: SaveState[] = []
  const conflicts: Conflict[] = []
  const merged: Content[] = []
  const saver = new Saver(BASE, etag, {
    put: (change, tag) => at.put(change, tag),
    ask: () => at.ask(),
    onState: (state) => states.push(state),
    onSaved: () => undefined,
    onMerged: (one) => merged.push(one),
    onConflict: (one) => conflicts.push(one),
  })
  return { saver, states, conflicts, merged }
}

it('saves the last of many changes once, and only what changed', async () => {
  const at = server(BASE)
  const { saver, states } = wired(at)
  for (const x of [1, 2, 3]) saver.push(content(item('a', x), item('b')))
  await vi.advanceTimersByTimeAsync(1000)
  expect(at.puts).toEqual([{ layout_json: [item('a', 3), item('b')] }])
  expect(states.at(-1)).toBe('saved')
})

it('learns the ETag first where it has none', async () => {
  const at = server(BASE)
  const { saver } = wired(at, null)
  saver.push(content(item('a', 1), item('b')))
  await saver.flush()
  expect(at.saved.layout_json[0]?.x).toBe(1)
})

it('puts changes of two tabs together where they do not meet', async () => {
  const at = server(BASE)
  const { saver, merged, conflicts } = wired(at)
  at.elsewhere(content(item('a'), item('b', 8)))
  saver.push(content(item('a', 4), item('b')))
  await saver.flush()
  expect(at.saved).toEqual(content(item('a', 4), item('b', 8)))
  expect([merged.length, conflicts.length]).toEqual([1, 0])
})

it('saves nothing over a change that it would undo, until it is told', async () => {
  const at = server(BASE)
  const { saver, conflicts, states } = wired(at)
  at.elsewhere(content(item('a', 8), item('b')))
  saver.push(content(item('a', 4), item('b')))
  await saver.flush()
  expect(states.at(-1)).toBe('conflict')
  expect(at.saved.layout_json[0]?.x).toBe(8)
  expect(conflicts[0]).toMatchObject({ clashes: ['a'], theirs: { layout_json: [item('a', 8), item('b')] } })
  await saver.resolve(content(item('a', 4), item('b')))
  expect(at.saved.layout_json[0]?.x).toBe(4)
  expect(states.at(-1)).toBe('saved')
})

it('takes theirs when told so', async () => {
  const at = server(BASE)
  const { saver, states } = wired(at)
  at.elsewhere(content(item('a', 8), item('b')))
  saver.push(content(item('a', 4), item('b')))
  await saver.flush()
  await saver.resolve(null)
  expect([at.puts.length, states.at(-1), saver.busy]).toEqual([0, 'saved', false])
})

it('keeps a change while the network is away, and saves it later', async () => {
  const at = server(BASE)
  const { saver, states } = wired(at)
  at.fall(true)
  saver.push(content(item('a', 4), item('b')))
  await vi.advanceTimersByTimeAsync(600)
  expect(states.at(-1)).toBe('failed')
  at.fall(false)
  await vi.advanceTimersByTimeAsync(6000)
  expect(at.saved.layout_json[0]?.x).toBe(4)
})
