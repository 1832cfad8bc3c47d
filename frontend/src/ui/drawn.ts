/** What every icon is: one path, stroked in the colour of the text around it. */
import { h, type FunctionalComponent } from 'vue'

/** Its class and style come from where it stands; nobody needs to be read what it shows. */
export function drawn(path: string): FunctionalComponent {
  return () => h('svg', { class: 'drawn', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, [h('path', { d: path })])
}
