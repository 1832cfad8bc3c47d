/** The grid by keys, on a card's grip: arrows move, Shift and arrows resize; each step is said. */
import { ref } from 'vue'
import type { Boxes } from '@/api/types'
import { move, resize } from './layout'

export interface GridKeys {
  boxes: () => Boxes
  columns: () => number
  change: (boxes: Boxes) => void
  settings: (id: string) => void
  remove: (id: string) => void
}

const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

export type Said = { kind: 'at' | 'size'; id: string } | null

export function useGridKeys(grid: GridKeys) {
  const said = ref<Said>(null)

  function step(id: string, [dx, dy]: readonly [number, number], sizing: boolean): void {
    const before = grid.boxes()
    const after = sizing ? resize(before, id, dx, dy, grid.columns()) : move(before, id, dx, dy, grid.columns())
    grid.change(after)
    said.value = { kind: sizing ? 'size' : 'at', id }
  }

  function pressed(event: KeyboardEvent): void {
    const grip = event.target instanceof Element ? event.target.closest('[data-grip]') : null
    const id = grip?.getAttribute('data-grip')
    if (!id || event.ctrlKey || event.metaKey || event.altKey) return
    const by = STEPS[event.key]
    if (by) step(id, by, event.shiftKey)
    else if (event.key === 'Enter') grid.settings(id)
    else if (event.key === 'Delete' || event.key === 'Backspace') grid.remove(id)
    else return
    event.preventDefault()
  }

  return { said, pressed }
}
