/** The catalogue of providers, asked for once and kept for when the network is away. */
import { client, settle, type Result } from './client'
import type { CatalogEntry } from './types'

export function askCatalog(): Promise<Result<CatalogEntry[]>> {
  return settle(client.GET('/api/widgets'))
}
