/** The API's dashboards, read into the page's own shape. */
import { client, settle, type Result } from '@/api/client'
import type { components } from '@/api/schema'
import type { Dashboard } from '@/api/types'
import type { Content } from './conflict'
import { readDashboard } from './transfer'

export interface Tagged {
  dashboard: Dashboard
  etag: string | null
}

type New = components['schemas']['New']
type Change = components['schemas']['Change']

function tagged(found: Result<Parameters<typeof readDashboard>[0]>): Result<Tagged> {
  if (!found.ok) return found
  const data = { dashboard: readDashboard(found.data), etag: found.response.headers.get('ETag') }
  return { ok: true, data, response: found.response }
}

const MOST_KEPT_ALIVE = 30_000
const at = (dashboard_id: string) => ({ path: { dashboard_id } })

export async function askAll(): Promise<Result<Dashboard[]>> {
  const found = await settle(client.GET('/api/dashboards'))
  return found.ok ? { ...found, data: found.data.map(readDashboard) } : found
}

export async function askOne(id: string): Promise<Result<Tagged>> {
  return tagged(await settle(client.GET('/api/dashboards/{dashboard_id}', { params: at(id) })))
}

/** The document knows each provider's parameters; the page checks them by their schema, at run time. */
export async function make(content: Content): Promise<Result<Tagged>> {
  return tagged(await settle(client.POST('/api/dashboards', { body: content as unknown as New })))
}

export async function put(id: string, change: Partial<Content>, etag: string | null): Promise<Result<Tagged>> {
  const headers = etag === null ? {} : { 'If-Match': etag }
  // A save outlives the tab that is closed over it, as far as browsers allow.
  const keepalive = JSON.stringify(change).length < MOST_KEPT_ALIVE
  const asked = client.PUT('/api/dashboards/{dashboard_id}', { params: at(id), body: change as unknown as Change, headers, keepalive })
  return tagged(await settle(asked))
}

export function erase(id: string): Promise<Result<unknown>> {
  return settle(client.DELETE('/api/dashboards/{dashboard_id}', { params: at(id) }))
}
