/** Draws lucide's icons as one path each: a dashboard has a hundred of them, of up to seven shapes. */
import type { Plugin } from 'vite'

type Shape = readonly [tag: string, attributes: Readonly<Record<string, string>>]
const ICON = /\/@lucide\/vue\/dist\/esm\/icons\/(?!index\.)[\w-]+\.mjs$/

/** The path that looks as these shapes do when they are stroked; null where there is none. */
export function outline(shapes: readonly Shape[]): string | null {
  const paths = shapes.map(([tag, attributes]) => path(tag, attributes))
  return paths.includes(null) ? null : paths.join('')
}

function path(tag: string, attributes: Readonly<Record<string, string>>): string | null {
  const { d, points, fill, ...rest } = attributes
  const n = (name: string): number => Number(rest[name] ?? 0)
  // A dot that its stroke covers looks the same without a fill.
  if (fill !== undefined && !(tag === 'circle' && n('r') <= 0.5)) return null
  // A path's first step may be relative, which is from its beginning.
  if (tag === 'path' && d !== undefined) return d.startsWith('m') ? `M0 0${d}` : d
  if (tag === 'line') return `M${n('x1')} ${n('y1')}L${n('x2')} ${n('y2')}`
  if (tag === 'circle') return ellipse(n('cx'), n('cy'), n('r'), n('r'))
  if (tag === 'ellipse') return ellipse(n('cx'), n('cy'), n('rx'), n('ry'))
  if (tag === 'rect') return rounded(n('x'), n('y'), n('width'), n('height'), Number(rest.rx ?? rest.ry ?? 0))
  if (tag === 'polyline' && points !== undefined) return `M${points}`
  if (tag === 'polygon' && points !== undefined) return `M${points}Z`
  return null
}

function ellipse(x: number, y: number, a: number, b: number): string {
  return `M${x - a} ${y}a${a} ${b} 0 1 0 ${2 * a} 0a${a} ${b} 0 1 0 ${-2 * a} 0Z`
}

function rounded(x: number, y: number, width: number, height: number, r: number): string {
  const [across, down] = [width - 2 * r, height - 2 * r]
  const corner = (dx: number, dy: number): string => (r > 0 ? `a${r} ${r} 0 0 1 ${dx} ${dy}` : '')
  return `M${x + r} ${y}h${across}${corner(r, r)}v${down}${corner(-r, r)}h${-across}${corner(-r, -r)}v${-down}${corner(r, -r)}Z`
}

/** Makes each icon a component of `src/ui/drawn.ts`, but for the few that are more than strokes. */
export function icons(): Plugin {
  return {
    name: 'icons',
    config: () => ({ optimizeDeps: { exclude: ['@lucide/vue'] } }),
    transform: {
      filter: { id: ICON },
      async handler(_, id) {
        const { __iconData: icon } = (await import(id)) as { __iconData?: { size: number; node: Shape[] } }
        if (icon?.size !== 24) throw new Error(`${id} is not what it was`)
        const drawing = outline(icon.node)
        if (drawing === null) return null
        return `import { drawn } from '/src/ui/drawn.ts'\nexport default /* @__PURE__ */ drawn(${JSON.stringify(drawing)})`
      },
    },
  }
}
