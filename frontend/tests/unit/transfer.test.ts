import { describe, expect, it } from 'vitest'
import { fileName, fromFile, toFile } from '@/dashboards/transfer'

const CONTENT = {
  name: 'Morning',
  layout_json: [{ id: 'a', widget: 'news', params: { topic: 'coast' }, title: 'Coast', x: 0, y: 0, w: 5, h: 9 }],
  settings_json: { layouts: { 8: { a: { x: 0, y: 0, w: 4, h: 9 } } } },
}

describe('files', () => {
  it('come back as they went', () => {
    expect(fromFile(JSON.stringify(toFile(CONTENT)))).toEqual(CONTENT)
  })

  it('are refused by the reason', () => {
    expect(fromFile('{')).toBe('json')
    expect(fromFile('[]')).toBe('shape')
    expect(fromFile(JSON.stringify({ ...CONTENT, schema_version: 2 }))).toBe('version')
    expect(fromFile(JSON.stringify({ schema_version: 1, name: 'x', layout_json: [{ id: 1 }] }))).toBe('shape')
  })

  it('carry nothing but the content', () => {
    const dashboard = { ...CONTENT, id: 'secret', created_at: '', updated_at: '' }
    expect(Object.keys(toFile(dashboard)).sort()).toEqual(['layout_json', 'name', 'schema_version', 'settings_json'])
  })

  it('have names that every system takes', () => {
    expect(fileName('Hafen & Küste / 2')).toBe('hafen-küste-2.insightboard.json')
    expect(fileName('…')).toBe('dashboard.insightboard.json')
  })
})
