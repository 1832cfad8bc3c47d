import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Envelope } from '@/api/types'
import WhyDialog from '@/dashboards/WhyDialog.vue'

const item = { id: 'a', widget: 'weather', params: { city: 'Oslo' }, x: 0, y: 0, w: 4, h: 9 }

function titled(state: Envelope['state']): string {
  const envelope: Envelope = { state, data: [], fetched_at: null, expires_at: null, error: null, job: null }
  const shown = mount(WhyDialog, { props: { item, entry: undefined, envelope, title: 'Oslo', now: 0 }, global: { plugins: [createPinia()] } })
  return shown.get('h2').text()
}

beforeEach(() => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')))
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('the details of a card', () => {
  it('ask why only where something is amiss', () => {
    expect(titled('fresh')).toBe('Oslo: last fetches')
    expect(titled('stale')).toBe('Why is Oslo like this?')
    expect(titled('error')).toBe('Why is Oslo like this?')
  })
})
