/** What every card's body is given. */
export interface BodyProps {
  readonly data: unknown
  readonly params: Readonly<Record<string, unknown>>
  readonly now: number
  /** How many rows it shows. */
  readonly limit: number
}
