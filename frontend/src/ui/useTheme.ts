/** The theme: the system's, or one that was chosen and is kept for the next visit. */
import { ref, readonly } from 'vue'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]
const STORED = 'insightboard.theme'
const GROUND = { light: '#f3f4f6', dark: '#0d0f13' }

function isTheme(value: unknown): value is Theme {
  return THEMES.some((one) => one === value)
}

const theme = ref<Theme>(isTheme(document.documentElement.dataset.theme) ? document.documentElement.dataset.theme : 'system')

function choose(chosen: Theme): void {
  theme.value = chosen
  if (chosen === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = chosen
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = meta.media.includes('dark') ? 'dark' : 'light'
    meta.content = GROUND[chosen === 'system' ? own : chosen]
  }
  try {
    localStorage.setItem(STORED, chosen)
  } catch {
    // It holds until the tab closes.
  }
}

export function useTheme() {
  const cycle = (): void => choose(THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system')
  return { theme: readonly(theme), choose, cycle }
}
