import type { Component } from 'vue'

export interface MenuEntry {
  id: string
  label: string
  icon?: Component
  hint?: string
  danger?: boolean
  checked?: boolean
  /** A hairline above it. */
  rule?: boolean
}
