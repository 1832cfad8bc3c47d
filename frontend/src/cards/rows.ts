/** How many rows a card shows: five at most, fewer where its height has no room, none cut where `cut` is false. */
export interface Rows {
  readonly height: number
  readonly cut: boolean
}

export const LIST: Rows = { height: 47, cut: true }
const MOST = 5
const STEP = 40
const GAP = 16
const HEAD = 44
const FOOT = 36
const NOTE = 52

export interface Room {
  /** Rows of the grid; null where the card is as high as its content (phones). */
  readonly h: number | null
  readonly total: number
  readonly foot: boolean
  readonly note: boolean
}

export function shownRows(rows: Rows, room: Room): number {
  if (!rows.cut) return room.total
  if (room.h === null) return Math.min(room.total, MOST)
  const space = room.h * STEP - GAP - HEAD - (room.note ? NOTE : 0)
  const without = Math.floor(space / rows.height)
  const fits = room.total <= Math.min(without, MOST) && !room.foot ? without : Math.floor((space - FOOT) / rows.height)
  return Math.min(room.total, MOST, Math.max(1, fits))
}

/** How many rows will come: as many as a list of the params has, else enough to fill the card. */
export function awaitedRows(params: Readonly<Record<string, unknown>>): number {
  const list = Object.values(params).find(Array.isArray)
  return list?.length ?? MOST + 1
}
