/** The keys of a dashboard, as its list of keys says. */
import { useShortcuts } from '@/ui/useShortcuts'

export interface BoardKeys {
  edit: () => void
  stop: () => void
  add: () => void
  boards: () => void
  nth: (n: number) => void
  refresh: (id: string) => void
  refreshAll: () => void
  theme: () => void
  help: () => void
  undo: () => void
}

function focusedCard(): string | undefined {
  return document.activeElement?.closest('[data-id]')?.getAttribute('data-id') ?? undefined
}

export function useBoardKeys(act: BoardKeys): void {
  const digits = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [String(n + 1), () => act.nth(n)]))
  useShortcuts({
    ...digits,
    e: act.edit,
    Escape: act.stop,
    a: act.add,
    '/': act.add,
    b: act.boards,
    r: () => {
      const id = focusedCard()
      if (id) act.refresh(id)
    },
    'Shift+r': act.refreshAll,
    t: act.theme,
    '?': act.help,
    'Ctrl+z': act.undo,
  })
}
