/** The API's shapes by the names that the page uses; made from the OpenAPI document, save for the layout's items. */
import type { components } from './schema'

type Schemas = components['schemas']

export type User = Schemas['User']
export type CatalogEntry = Schemas['CatalogEntry']
export type Envelope = Schemas['BoardWidget']
export type EnvelopeState = Envelope['state']
export type BoardProblem = Schemas['BoardProblem']
export type Board = Schemas['Board']
export type Job = Schemas['Job']
export type Run = Schemas['Run']
export type Runs = Schemas['Runs']

export type WeatherData = Schemas['WeatherWeather']
export type CryptoCoin = Schemas['CryptoCoin']
export type StatusCheck = Schemas['StatusCheck']
export type GithubEvent = Schemas['GithubEvent']
export type NewsArticle = Schemas['NewsArticle']

export type Params = Record<string, unknown>

/** A place on the grid, in cells. */
export interface Box {
  x: number
  y: number
  w: number
  h: number
}

/** One widget of a dashboard. */
export interface Item extends Box {
  id: string
  widget: string
  params: Params
  title?: string | null
  refresh?: number | string | null
}

export type Boxes = Record<string, Box>

export interface Settings extends Record<string, unknown> {
  timezone?: string
  /** Layouts of the narrower breakpoints, by their number of columns; the widest one is in the items. */
  layouts?: Record<string, Boxes>
}

export interface Dashboard {
  id: string
  name: string
  layout_json: Item[]
  settings_json: Settings
  created_at: string
  updated_at: string
}

/** An error of the API (RFC 9457), or one of ours in the same form: `about:offline`, `about:unreadable`. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  errors?: Record<string, unknown> | undefined
  retry_after?: number | undefined
  data?: unknown
}
