import type { Component } from 'vue'
import { Activity } from '@lucide/vue'
import type { CatalogEntry } from '../api/types'
import { LIST, type Rows } from './rows'

export type Shape = 'list' | 'coins' | 'weather' | 'checks' | 'stat' | 'chart' | 'table'
type Params = Readonly<Record<string, unknown>>
type Say = (key: string, values?: Record<string, string | number>) => string

/** What a card tells of itself beside its body; a `.vue` file exports it as `traits`. */
export interface Traits {
  readonly icon?: Component
  readonly shape?: Shape
  readonly rows?: Rows
  /** Stands beside the title instead of the subject. */
  readonly head?: Component
  /** Whom the data is from, as an address, where that is not whom the catalogue names. */
  readonly source?: (data: unknown) => string | null
  readonly subject?: (params: Params, data: unknown, say: Say) => string
}

export interface Card {
  readonly body: Component
  readonly traits: Traits
}

interface Module {
  readonly default: Component
  readonly traits?: Traits
}

const purpose = cards(import.meta.glob<Module>('./purpose/*.vue', { eager: true }))
const views = cards(import.meta.glob<Module>('./views/*.vue', { eager: true }))
const USUAL = { icon: Activity, shape: 'list', rows: LIST } as const

function cards(modules: Record<string, Module>): ReadonlyMap<string, Card> {
  return new Map(Object.entries(modules).map(([path, module]) => [nameOf(path), { body: module.default, traits: module.traits ?? {} }]))
}

function nameOf(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.vue$/, '')
}

/** The card made for a provider, else for its view, else one that shows any data as it is. */
export function cardFor(widget: string, view = ''): Card {
  const found = purpose.get(widget) ?? views.get(view) ?? purpose.get(view) ?? views.get('json')
  if (!found) throw new Error('there is no view for any data')
  return found
}

export type Whole = Traits & Required<Pick<Traits, keyof typeof USUAL>>

export function traitsOf(widget: string, entry: CatalogEntry | undefined): Whole {
  return { ...USUAL, ...cardFor(widget, entry?.view).traits }
}
