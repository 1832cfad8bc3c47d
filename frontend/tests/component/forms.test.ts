import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import document from '../../openapi.json'
import type { CatalogEntry, Envelope } from '../../src/api/types'
import SchemaForm from '../../src/forms/SchemaForm.vue'
import { asSchema, fieldsOf } from '../../src/forms/schema-form'
import { validate } from '../../src/forms/validate'
import WidgetGallery from '../../src/gallery/WidgetGallery.vue'
import WidgetSettings from '../../src/gallery/WidgetSettings.vue'

interface Entry {
  properties: { widget: { const: string }; params: Record<string, unknown> }
}

/** Every provider's parameters as the API's own document has them. */
function schemas(node: unknown = document): [string, Record<string, unknown>][] {
  if (Array.isArray(node)) return node.flatMap(schemas)
  if (typeof node !== 'object' || node === null) return []
  if ('layout_json' in node) {
    const items = Object(Object(node.layout_json).items).oneOf as Entry[] | undefined
    if (items) return items.map((one) => [one.properties.widget.const, one.properties.params])
  }
  return Object.values(node).flatMap(schemas)
}

const known = [...new Map(schemas())]
const entries: CatalogEntry[] = known.map(([name, params]) => ({
  name, title: name, description: '', ttl: 300, view: 'list', params, configured: name !== 'news', attribution: null,
}))
const find = (name: string) => entries.find((one) => one.name === name) as CatalogEntry

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the form of every provider', () => {
  it('is there for all five', () => {
    expect(known.map(([name]) => name).sort()).toEqual(expect.arrayContaining(['crypto', 'github', 'news', 'status', 'weather']))
  })
  it.each(known)('has a labelled control for each parameter of %s, and takes its example', (name, schema) => {
    const fields = fieldsOf(asSchema(schema))
    const form = mount(SchemaForm, { props: { schema, modelValue: {}, provider: name } })
    expect(form.findAll('.field')).toHaveLength(fields.length)
    for (const control of form.findAll('input:not([type=radio]), select')) {
      expect(form.find(`label[for="${control.attributes('id')}"]`).exists()).toBe(true)
    }
    const examples = Object.fromEntries(fields.map((field) => [field.name, field.schema.examples?.[0]]))
    expect(validate(asSchema(schema), examples)).toEqual({})
  })
})

describe('a field', () => {
  const schema = { properties: { city: { type: 'string', maxLength: 5 }, days: { type: 'integer' } }, required: ['city'] }
  it('is judged when it is left, and again while it is wrong', async () => {
    const form = mount(SchemaForm, { props: { schema, modelValue: { city: 'London' } } })
    expect(form.find('.wrong').exists()).toBe(false)
    await form.get('input').trigger('blur')
    expect(form.get('.wrong').text()).toBe('At most 5 characters')
    expect(form.get('input').attributes('aria-invalid')).toBe('true')
    expect(form.get('input').attributes('aria-describedby')).toBe(form.get('.wrong').attributes('id'))
    await form.setProps({ modelValue: { city: 'Oslo' } })
    expect(form.find('.wrong').exists()).toBe(false)
  })
  it('sends numbers as numbers, and shows what the server says', async () => {
    const form = mount(SchemaForm, { props: { schema, modelValue: { city: 'Oslo' }, errors: { city: { key: 'forms.said', values: { said: 'is odd' } } } } })
    expect(form.get('.wrong').text()).toBe('is odd')
    await form.findAll('input')[1]?.setValue('7')
    expect(form.emitted('update:modelValue')?.[0]).toEqual([{ city: 'Oslo', days: 7 }])
  })
})

describe('a list', () => {
  const schema = { properties: { urls: { type: 'array', items: { type: 'string', pattern: '^https?://' } } } }
  it('takes one by Enter, many by paste, and gives them back', async () => {
    const form = mount(SchemaForm, { props: { schema, modelValue: { urls: ['https://a.example'] } } })
    const input = form.get('input')
    await input.setValue('https://b.example')
    await input.trigger('keydown', { key: 'Enter' })
    expect(form.emitted('update:modelValue')?.at(-1)).toEqual([{ urls: ['https://a.example', 'https://b.example'] }])
    await form.get('.chip button').trigger('click')
    expect(form.emitted('update:modelValue')?.at(-1)).toEqual([{ urls: [] }])
  })
})

describe('the gallery', () => {
  const envelope: Envelope = { state: 'fresh', data: [], fetched_at: new Date().toISOString(), expires_at: null, error: null, job: null }
  const open = (preview = vi.fn(() => Promise.resolve(envelope))) => ({ preview, shown: mount(WidgetGallery, { props: { entries, preview, dashboard: 'Morning' } }) })
  it('adds what was chosen', async () => {
    const { shown, preview } = open()
    await shown.get('input[value=github]').setValue()
    await shown.get('form input').setValue('nora')
    await vi.advanceTimersByTimeAsync(600)
    expect(preview).toHaveBeenCalledExactlyOnceWith('github', { username: 'nora' })
    await shown.get('form').trigger('submit')
    expect(shown.emitted('add')).toEqual([['github', { username: 'nora' }, null, null]])
    expect(shown.get('form .main').text()).toBe('Add to Morning')
  })
  it('says what is missing instead', async () => {
    const { shown, preview } = open()
    await shown.get('form').trigger('submit')
    expect(shown.emitted('add')).toBeUndefined()
    expect(shown.get('.wrong').text()).toBe('Fill this in')
    await shown.get('input[value=github]').setValue()
    await shown.get('form input').setValue('not a name')
    await vi.advanceTimersByTimeAsync(600)
    expect(preview).not.toHaveBeenCalled()
  })
  it('shows an example until something is filled in', async () => {
    const { shown, preview } = open()
    await vi.advanceTimersByTimeAsync(600)
    expect(preview).toHaveBeenCalledExactlyOnceWith('weather', { city: 'Oslo', units: 'metric' })
    expect(shown.text()).toContain('An example')
  })
  it('finds, and says when it does not', async () => {
    const { shown } = open()
    await shown.get('[data-search]').setValue('tram')
    expect(shown.get('[role=status]').text()).toContain('No widget called ‘tram’.')
    await shown.get('[role=status] button').trigger('click')
    expect(shown.findAll('.pick label')).toHaveLength(entries.length)
  })
  it('chooses what is found where the chosen one is not, and Enter leads to its first field', async () => {
    const shown = mount(WidgetGallery, { props: { entries, preview: () => Promise.resolve(envelope) }, attachTo: globalThis.document.body })
    const chosen = () => shown.get('section').attributes('aria-label')
    await shown.get('[data-search]').setValue('cryp')
    expect(chosen()).toBe('Crypto')
    await shown.get('[data-search]').trigger('keydown', { key: 'Enter' })
    await flushPromises()
    expect(globalThis.document.activeElement).toBe(shown.get('form input').element)
    await shown.get('[data-search]').setValue('c')
    expect(chosen()).toBe('Crypto')
    await shown.get('[data-search]').setValue('tram')
    expect(chosen()).toBe('Crypto')
    shown.unmount()
  })
  it('keeps what was typed for each widget, and survives a preview that fails', async () => {
    const { shown } = open(vi.fn(() => Promise.reject(new Error('gone'))))
    await shown.get('input[value=github]').setValue()
    await shown.get('form input').setValue('nora')
    await vi.advanceTimersByTimeAsync(600)
    await flushPromises()
    expect(shown.text()).toContain('could not be read')
    await shown.get('input[value=weather]').setValue()
    await shown.get('input[value=github]').setValue()
    expect((shown.get('form input').element as HTMLInputElement).value).toBe('nora')
  })
})

describe('settings', () => {
  it('begin with what is saved and give back what is changed', async () => {
    const item = { id: 'a', widget: 'weather', params: { city: 'Oslo' }, title: 'Home', refresh: 600, x: 0, y: 0, w: 4, h: 9 }
    const shown = mount(WidgetSettings, { props: { item, entry: find('weather') } })
    await shown.get('form input').setValue('Bergen')
    await shown.get('form').trigger('submit')
    expect(shown.emitted('save')).toEqual([[{ params: { city: 'Bergen', units: 'metric' }, title: 'Home', refresh: 600 }]])
  })
})
