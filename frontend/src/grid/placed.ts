/** Items at their boxes: the same object as before where neither has changed, so that its card is not drawn again. */
import type { Box, Boxes, Item } from '@/api/types'

export function usePlaced(): (items: readonly Item[], boxes: Boxes, order: readonly string[]) => Item[] {
  let before = new Map<string, { item: Item; placed: Item }>()
  return (items, boxes, order) => {
    const byId = new Map(items.map((item) => [item.id, item]))
    const found = order.flatMap((id) => {
      const [item, box] = [byId.get(id), boxes[id]]
      if (!item || !box) return []
      const was = before.get(id)
      const placed = was && sameContent(was.item, item) && sameBox(was.placed, box) ? was.placed : { ...item, ...box }
      return [{ item, placed }]
    })
    before = new Map(found.map((one) => [one.item.id, one]))
    return found.map((one) => one.placed)
  }
}

function sameBox(a: Box, b: Box): boolean {
  return a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h
}

function sameContent(a: Item, b: Item): boolean {
  const content = ({ widget, params, title, refresh }: Item): string => JSON.stringify([widget, params, title ?? null, refresh ?? null])
  return a === b || content(a) === content(b)
}
