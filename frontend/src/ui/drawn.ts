/** What every icon is: one path, stroked in the colour of the text around it. */
import { h, type FunctionalComponent } from 'vue'

const DRAWING = { class: 'drawn', viewBox: '0 0 24 24', 'aria-hidden': 'true' }

/** Its class and style come from where it stands; nobody needs to be read what it shows. */
export function drawn(path: string): FunctionalComponent {
  return () => h('svg', DRAWING, [h('path', { d: path })])
}

/** The two themes in one sign: lucide's has a line within its circle, which reads as a letter. */
export const HalfDisc: FunctionalComponent = () =>
  h('svg', DRAWING, [h('path', { d: 'M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0Z' }), h('path', { d: 'M12 3a9 9 0 0 1 0 18Z', fill: 'currentColor' })])
