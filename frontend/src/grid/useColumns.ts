/** How many columns there are room for, by the same widths as the style sheets. */
import { onScopeDispose, readonly, ref, type Ref } from 'vue'
import { BREAKPOINTS, columnsFor, type Columns } from './layout'

export function useColumns(): Readonly<Ref<Columns>> {
  const columns = ref<Columns>(columnsFor(window.innerWidth))
  const queries = BREAKPOINTS.map(({ from }) => window.matchMedia(`(min-width: ${String(from)}px)`))
  const changed = (): void => {
    const at = queries.findIndex((one) => one.matches)
    columns.value = BREAKPOINTS[at]?.columns ?? 1
  }
  for (const query of queries) query.addEventListener('change', changed)
  onScopeDispose(() => {
    for (const query of queries) query.removeEventListener('change', changed)
  })
  return readonly(columns)
}
