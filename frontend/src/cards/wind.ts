const POINTS = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'] as const
export type Point = (typeof POINTS)[number]

/** The point of the compass that the wind comes from; null where the direction is not known. */
export function compass(degrees: number | null): Point | null {
  if (degrees === null || !Number.isFinite(degrees)) return null
  return POINTS[((Math.round(degrees / 45) % 8) + 8) % 8] ?? null
}
