/** Dragging and resizing by pointer: gridstack over the cells that are there already, loaded when editing starts. */
import { GridStack } from 'gridstack'
import type { Box, Boxes } from '@/api/types'
import { LEAST } from './layout'
import './stack.css'

const ROW = 40
const LEFT_BEHIND = ['top', 'left', 'width', 'height', 'position', '--gs-x', '--gs-y', '--gs-w', '--gs-h']

export interface Stack {
  /** Brings the grid in line with the cells and their boxes. */
  sync: (boxes: Boxes) => void
  stop: () => void
}

function idOf(cell: Element): string {
  return cell.getAttribute('data-id') ?? ''
}

export function startStack(root: HTMLElement, columns: number, gap: number, changed: (boxes: Boxes) => void): Stack {
  let told = true
  const found = GridStack.init(
    {
      column: columns,
      cellHeight: ROW,
      margin: gap / 2,
      auto: false,
      alwaysShowResizeHandle: true,
      animate: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
      draggable: { handle: '.head, .card-grip', cancel: '.tool', scroll: true },
      resizable: { handles: 'se' },
    },
    root,
  )
  if (!found) return { sync: () => undefined, stop: () => undefined }
  const grid = found

  function boxesNow(): Boxes {
    const entries = grid.engine.nodes.map(({ el, x = 0, y = 0, w = 1, h = 1 }) => [el ? idOf(el) : '', { x, y, w, h }] as const)
    return Object.fromEntries(entries.filter(([id]) => id !== ''))
  }

  function sync(boxes: Boxes): void {
    told = false
    grid.batchUpdate()
    const cells = new Map([...root.querySelectorAll<HTMLElement>(':scope > [data-id]')].map((cell) => [idOf(cell), cell]))
    for (const { el } of [...grid.engine.nodes]) {
      if (el && !cells.has(idOf(el))) grid.removeWidget(el, false, false)
    }
    for (const [id, cell] of cells) {
      const box = boxes[id]
      if (!box) continue
      if (cell.classList.contains('grid-stack-item')) grid.update(cell, box)
      else grid.makeWidget(cell, { ...box, minW: Math.min(LEAST.w, columns), minH: LEAST.h })
    }
    grid.batchUpdate(false)
    told = true
    if (!equal(boxesNow(), boxes)) changed(boxesNow())
  }

  grid.on('change', () => {
    if (told) changed(boxesNow())
  })

  function stop(): void {
    const cells = grid.engine.nodes.flatMap(({ el }) => (el ? [el] : []))
    told = false
    grid.destroy(false)
    for (const cell of cells) clean(cell)
    root.classList.remove('grid-stack', `gs-${String(columns)}`, 'grid-stack-animate')
  }

  return { sync, stop }
}

function clean(cell: HTMLElement): void {
  for (const name of LEFT_BEHIND) cell.style.removeProperty(name)
  for (const name of [...cell.classList]) if (/^(?:grid-stack-|ui-)/.test(name)) cell.classList.remove(name)
  for (const { name } of [...cell.attributes]) if (name.startsWith('gs-')) cell.removeAttribute(name)
  for (const handle of cell.querySelectorAll(':scope > .ui-resizable-handle')) handle.remove()
}

function equal(a: Boxes, b: Boxes): boolean {
  const same = (one: Box | undefined, other: Box | undefined): boolean =>
    one !== undefined && other !== undefined && one.x === other.x && one.y === other.y && one.w === other.w && one.h === other.h
  return Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((id) => same(a[id], b[id]))
}
