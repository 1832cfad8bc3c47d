/** The data of the dashboard that is shown, by item; the last of it is kept for when the network is away. */
import { defineStore } from 'pinia'
import { computed, readonly, ref, shallowRef } from 'vue'
import { client, read, type Result } from '@/api/client'
import { isRecord, toProblem } from '@/api/problem'
import type { Board, Envelope, Item, Problem, Runs } from '@/api/types'
import { keep, kept } from './offline'
import { asKept, isBoard, patch, troubles, type Envelopes } from './patch'
import type { Heard } from './poller'

const NOT_MODIFIED = 304

function isRuns(value: unknown): value is Runs {
  return isRecord(value) && Array.isArray(value.runs)
}

export const useLiveStore = defineStore('live', () => {
  const shown = ref<string | null>(null)
  const envelopes = shallowRef<Envelopes>({})
  const problem = shallowRef<Problem | null>(null)
  let early: { id: string; heard: Promise<Heard> } | null = null

  /** Begins with a dashboard; what was kept of it is shown until the network says better. */
  function show(id: string | null): void {
    if (id === null) early = null
    if (shown.value === id) return
    shown.value = id
    envelopes.value = {}
    problem.value = null
  }

  /** Asks for a dashboard that will be shown in a moment, so that its data is there as soon as its cards are. */
  function expect(id: string): void {
    if (shown.value !== id && early?.id !== id) early = { id, heard: fetchBoard(id, null) }
  }

  function ask(id: string, etag: string | null): Promise<Heard> {
    const asked = early?.id === id && etag === null ? early.heard : fetchBoard(id, etag)
    early = null
    return asked
  }

  async function fetchBoard(id: string, etag: string | null): Promise<Heard> {
    try {
      const headers = etag === null ? {} : { 'If-None-Match': etag }
      const asked = client.GET('/api/dashboards/{dashboard_id}/data', { params: { path: { dashboard_id: id } }, headers })
      const { data, error, response } = await asked
      if (response.status === NOT_MODIFIED) return { kind: 'same' }
      if (isBoard(data)) return { kind: 'board', board: data, etag: response.headers.get('ETag') }
      return { kind: 'problem', problem: toProblem(error, response.status, response.headers.get('Retry-After')) }
    } catch {
      return { kind: 'problem', problem: { type: 'about:offline', title: '', status: 0, detail: '' } }
    }
  }

  function hear(id: string, heard: Heard): void {
    if (shown.value !== id) return
    problem.value = heard.kind === 'problem' ? heard.problem : null
    if (heard.kind === 'board') {
      envelopes.value = patch(envelopes.value, heard.board.widgets)
      void keep(`board:${id}`, heard.board)
    } else if (heard.kind === 'problem') void recall(id)
  }

  async function recall(id: string): Promise<void> {
    if (Object.keys(envelopes.value).length > 0) return
    const board = await kept<Board>(`board:${id}`, isBoard)
    if (board && shown.value === id && Object.keys(envelopes.value).length === 0) envelopes.value = asKept(board, Date.now())
  }

  /** Has one widget fetched again; what comes of it is in the next answer for the dashboard. */
  function refresh(item: Item): Promise<Result<unknown>> {
    return read(`/api/data/${encodeURIComponent(item.widget)}`, item.params, { 'Cache-Control': 'no-cache' })
  }

  async function runs(item: Item): Promise<Runs | Problem> {
    const found = await read(`/api/data/${encodeURIComponent(item.widget)}/runs`, item.params)
    if (!found.ok) return found.problem
    return isRuns(found.data) ? found.data : toProblem(null, 0)
  }

  const trouble = computed(() => troubles(envelopes.value))
  const offline = computed(() => problem.value?.type === 'about:offline')
  const envelopeOf = (id: string): Envelope | null => envelopes.value[id] ?? null
  return { shown: readonly(shown), envelopes, problem, trouble, offline, envelopeOf, show, expect, ask, hear, refresh, runs }
})
