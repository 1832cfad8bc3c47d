/** Dashboards as files. They hold no secret: a provider's keys are the server's, never an item's. */
import { isRecord } from '@/api/problem'
import type { Dashboard, Item, Settings } from '@/api/types'
import type { Content } from './conflict'

export const SCHEMA_VERSION = 1

export interface Exported extends Content {
  schema_version: typeof SCHEMA_VERSION
}

/** Why a file is no dashboard, by message key. */
export type Refusal = 'json' | 'version' | 'shape'

export function toFile({ name, layout_json, settings_json }: Content): Exported {
  return { schema_version: SCHEMA_VERSION, name, layout_json, settings_json }
}

export function fileName(name: string): string {
  const plain = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')
  return `${plain || 'dashboard'}.insightboard.json`
}

export function fromFile(text: string): Content | Refusal {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    return 'json'
  }
  if (!isRecord(read)) return 'shape'
  if (read.schema_version !== SCHEMA_VERSION) return 'version'
  const { name, layout_json, settings_json } = read
  if (typeof name !== 'string' || !Array.isArray(layout_json)) return 'shape'
  const items = layout_json.map(readItem)
  if (!items.every((one) => one !== null)) return 'shape'
  return { name, layout_json: items, settings_json: readSettings(settings_json) }
}

/** Reads an item as the API or a file has it; places that are missing are zero, so that the grid can settle them. */
export function readItem(value: unknown): Item | null {
  if (!isRecord(value) || typeof value.id !== 'string' || typeof value.widget !== 'string') return null
  const { refresh, title } = value
  const cell = (key: string, otherwise: number): number => (Number.isInteger(value[key]) ? Number(value[key]) : otherwise)
  return {
    id: value.id,
    widget: value.widget,
    params: isRecord(value.params) ? value.params : {},
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof refresh === 'string' || typeof refresh === 'number' ? { refresh } : {}),
    x: cell('x', 0),
    y: cell('y', 0),
    w: cell('w', 4),
    h: cell('h', 9),
  }
}

export function readSettings(value: unknown): Settings {
  if (!isRecord(value)) return {}
  const { layouts, ...rest } = value
  return isRecord(layouts) ? { ...rest, layouts: layouts as NonNullable<Settings['layouts']> } : rest
}

interface Told {
  id: string
  name: string
  layout_json: Record<string, unknown>[]
  settings_json: Record<string, unknown>
  created_at: string
  updated_at: string
}

export function readDashboard(told: Told): Dashboard {
  const layout_json = told.layout_json.map(readItem).filter((one) => one !== null)
  return { ...told, layout_json, settings_json: readSettings(told.settings_json) }
}
