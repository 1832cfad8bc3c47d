/** Single keys, as long as no field has the focus; they can be switched off (WCAG 2.1.4). */
import { onBeforeUnmount, onMounted, ref } from 'vue'

export type Shortcuts = Record<string, (event: KeyboardEvent) => void>
const STORED = 'insightboard.keys'

export const keysOn = ref(read())

function read(): boolean {
  try {
    return localStorage.getItem(STORED) !== 'off'
  } catch {
    return true
  }
}

export function switchKeys(on: boolean): void {
  keysOn.value = on
  try {
    localStorage.setItem(STORED, on ? 'on' : 'off')
  } catch {
    // It holds until the tab closes.
  }
}

/** The name of what was pressed: 'e', 'Shift+r', 'Ctrl+z', '?'. A sign that needs Shift is named without it. */
export function nameOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>): string {
  const letter = /^[a-z]$/i.test(event.key)
  const key = letter ? event.key.toLowerCase() : event.key
  const shift = event.shiftKey && (letter || event.key.length > 1)
  return `${event.altKey ? 'Alt+' : ''}${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${shift ? 'Shift+' : ''}${key}`
}

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

export function useShortcuts(shortcuts: Shortcuts): void {
  function pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || isTyping(event.target) || document.querySelector('dialog[open]')) return
    const name = nameOf(event)
    if (!keysOn.value && name.length === 1) return
    const found = shortcuts[name]
    if (!found) return
    event.preventDefault()
    found(event)
  }
  onMounted(() => document.addEventListener('keydown', pressed))
  onBeforeUnmount(() => document.removeEventListener('keydown', pressed))
}
