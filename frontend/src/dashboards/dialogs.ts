import type { Item } from '@/api/types'

/** Which dialog lies over the dashboard. */
export type DialogState = { kind: 'add' | 'keys' | 'new' | 'rename' } | { kind: 'settings' | 'why'; item: Item }
