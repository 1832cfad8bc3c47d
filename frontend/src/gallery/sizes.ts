export interface Size {
  readonly w: number
  readonly h: number
}

const BY_WIDGET: Readonly<Record<string, Size>> = {
  weather: { w: 4, h: 9 },
  crypto: { w: 3, h: 9 },
  status: { w: 5, h: 9 },
  news: { w: 5, h: 9 },
  github: { w: 4, h: 9 },
}
const BY_VIEW: Readonly<Record<string, Size>> = { list: { w: 4, h: 9 }, table: { w: 4, h: 9 }, chart: { w: 4, h: 7 } }
export const SMALLEST: Size = { w: 2, h: 4 }

/** How large a new widget is on the widest grid. */
export function startSize(widget: string, view: string): Size {
  return BY_WIDGET[widget] ?? BY_VIEW[view] ?? { w: 3, h: 6 }
}
