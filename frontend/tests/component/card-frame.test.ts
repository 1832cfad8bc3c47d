import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CatalogEntry, Envelope, Item, Problem } from '../../src/api/types'
import CardFrame from '../../src/cards/CardFrame.vue'
import { i18n, setLocale } from '../../src/i18n'

const NOW = Date.UTC(2026, 3, 16, 12, 32)
const entry = (name: string, view: string, attribution: string | null = null): CatalogEntry => ({
  name, title: name, description: '', ttl: 300, view, params: {}, configured: true, attribution,
})
const item = (widget: string, params = {}, h = 9): Item => ({ id: 'one', widget, params, x: 0, y: 0, w: 4, h })
const envelope = (state: Envelope['state'], data: unknown, error: Problem | null = null): Envelope => ({
  state,
  data,
  fetched_at: data === null ? null : new Date(NOW - 27 * 60_000).toISOString(),
  expires_at: null,
  error,
  job: null,
})
const events = Array.from({ length: 9 }, (_, i) => ({ type: 'PushEvent', repo: 'f/tide', summary: `Pushed ${i} in f/tide`, url: 'https://github.com/f', created_at: null }))
const bad: Problem = { type: 'urn:insightboard:problem:provider-error', title: '', status: 502, detail: 'the provider answered 502', retry_after: 38 }

function show(found: Envelope | null, one = item('github', { username: 'nora' }), catalogue: CatalogEntry | undefined = entry('github', 'list', 'https://github.com'), more = {}) {
  return mount(CardFrame, { props: { item: one, envelope: found, entry: catalogue, now: NOW, ...more } })
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOW })
})
afterEach(async () => {
  vi.useRealTimers()
  await setLocale('en')
})

describe('a card', () => {
  it('shows data with its age, five rows of it, and the rest in place', async () => {
    const card = show(envelope('fresh', events))
    expect(card.get('h2').text()).toBe('GitHub')
    expect(card.get('time.age').text()).toBe('27 min ago')
    expect(card.findAll('li.row')).toHaveLength(5)
    expect(card.get('.src').attributes('href')).toBe('https://github.com')
    await card.get('.more').trigger('click')
    expect(card.findAll('li.row')).toHaveLength(9)
    expect(card.get('.more').text()).toBe('Show less')
  })
  it('keeps its data when stale and says why', async () => {
    const card = show(envelope('stale', events, bad))
    expect(card.findAll('li.row')).toHaveLength(4)
    expect(card.get('.age').classes()).toContain('old')
    expect(card.get('.note').text()).toContain('GitHub answers 502')
    expect(card.get('.note').text()).toContain('next try in 40 s')
    await card.get('.note button').trigger('click')
    expect(card.emitted('why')).toHaveLength(1)
  })
  it('counts down until the next try', async () => {
    const card = show(envelope('stale', events, bad))
    await vi.advanceTimersByTimeAsync(20_000)
    expect(card.get('.note').text()).toContain('next try in 20 s')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(card.get('.note').text()).toContain('next try now')
  })
  it('is red only where there is nothing', async () => {
    const card = show(envelope('error', null, bad))
    expect(card.get('h3').text()).toBe('GitHub answers 502')
    expect(card.get('.when').text()).toBe('No data yet')
    await card.get('.acts button').trigger('click')
    expect(card.emitted('refresh')).toHaveLength(1)
  })
  it('leads to the settings where the name is wrong', async () => {
    const card = show(envelope('error', null, { ...bad, type: 'urn:insightboard:problem:provider-not-found' }))
    expect(card.get('h3').text()).toBe('GitHub knows no ‘nora’')
    await card.get('.acts button').trigger('click')
    expect(card.emitted('settings')).toHaveLength(1)
  })
  it('has bones first and words after three seconds', async () => {
    const card = show(envelope('pending', null))
    expect(card.get('[aria-busy]').text()).toContain('Loading GitHub')
    await vi.advanceTimersByTimeAsync(3000)
    expect(card.get('h3').text()).toBe('First fetch is on its way')
    expect(show(null).get('.when').text()).toBe('Loading')
  })
  it('says why a list is empty', () => {
    expect(show(envelope('fresh', [])).text()).toContain('nora has had no public activity in 30 days.')
  })
  it('keeps its elements when new data comes', async () => {
    const card = show(envelope('fresh', events))
    const [list, row] = [card.get('ul').element, card.get('li').element]
    await card.setProps({ envelope: envelope('fresh', [...events].reverse()) })
    expect(card.get('ul').element).toBe(list)
    expect(card.get('li').element).toBe(row)
    expect(card.get('li').text()).toContain('8')
  })
  it('has a grip and tools while it is edited', async () => {
    const card = show(envelope('fresh', events), undefined, undefined, { editing: true })
    expect(card.get('.card-grip').attributes('data-grip')).toBe('one')
    expect(card.get('.size').text()).toBe('4 × 9')
    await card.get('.tool.danger').trigger('click')
    expect(card.emitted('remove')).toHaveLength(1)
  })
  it('has a menu that does what it says', async () => {
    const card = show(envelope('fresh', events))
    await card.get('[aria-haspopup]').trigger('click')
    const entries = card.findAll('[role=menuitem]')
    expect(entries.map((one) => one.get('.cut').text())).toEqual(['Refresh now', 'Details', 'Settings', 'Remove'])
    await entries[0]?.trigger('click')
    expect(card.emitted('refresh')).toHaveLength(1)
  })
  it('speaks German', async () => {
    await setLocale('de')
    const card = show(envelope('stale', events, bad))
    expect(card.get('.age').text()).toContain('vor 27 Min.')
    expect(card.get('.note').text()).toContain('GitHub antwortet mit 502')
    expect(i18n.global.locale.value).toBe('de')
  })
})

describe('thanks', () => {
  const foot = (widget: string, data: unknown, attribution: string | null) =>
    show(envelope('fresh', data), item(widget), entry(widget, 'list', attribution)).find('.src')
  it('go to whom the data is from', () => {
    expect(foot('weather', { source: 'Open-Meteo' }, 'https://open-meteo.com').text()).toBe('Weather data by Open-Meteo')
    expect(foot('weather', { source: 'OpenWeather' }, 'https://open-meteo.com').attributes('href')).toBe('https://openweathermap.org')
    expect(foot('news', [{ title: 'x', source: 'Hacker News' }], 'https://hn.algolia.com').text()).toBe('Powered by Hacker News')
    expect(foot('news', [{ title: 'x', source: 'The Post' }], 'https://hn.algolia.com').attributes('href')).toBe('https://newsapi.org')
    expect(foot('crypto', [{}], 'https://www.coingecko.com').text()).toBe('Data by CoinGecko')
    expect(foot('tides', [{}], null).exists()).toBe(false)
  })
})

describe('a provider that nobody made a card for', () => {
  it.each([
    ['list', ['one', 'two'], 'one'],
    ['stat', { high_water: 1.9 }, 'High water'],
    ['table', [{ ship: 'Vega', knots: 4 }], 'Vega'],
    ['weather', { temp: 3, units: 'metric' }, '3.0°'],
    ['status', [{ url: 'https://a.example/', status: 'up', history: [] }], 'a.example'],
    ['json', { a: 1 }, '"a": 1'],
    ['some-new-view', { a: 1 }, '"a": 1'],
  ])('is shown by its view %s', (view, data, text) => {
    const card = show(envelope('fresh', data), item('tides', { harbour: 'Lynghavn' }), entry('tides', view))
    expect(card.text()).toContain(text)
  })
  it('is shown even when the catalogue has lost it', () => {
    const card = mount(CardFrame, { props: { item: item('gone'), envelope: envelope('fresh', { a: 1 }), entry: undefined, now: NOW } })
    expect(card.get('h2').text()).toBe('gone')
  })
})

describe('data that is not what was promised', () => {
  it.each(['weather', 'crypto', 'status', 'github', 'news'])('does not break the card of %s', (widget) => {
    for (const data of ['text', 5, true, {}, [null], [{}], [[]], { hourly: 'x', forecast: [1] }]) {
      const card = show(envelope('fresh', data), item(widget), entry(widget, 'list'))
      expect(card.find('article').exists()).toBe(true)
      card.unmount()
    }
  })
  it('shows a null as none, never as 0', () => {
    const coin = { symbol: 'btc', name: 'Bitcoin', price: null, change_percentage_24h: null, sparkline_7d: null, error: null }
    const card = show(envelope('fresh', [coin]), item('crypto'), entry('crypto', 'table'))
    expect(card.text()).toContain('—')
    expect(card.text()).not.toContain('0')
  })
  it('keeps the row of an unknown symbol', () => {
    const coin = { symbol: 'nosuch', name: null, price: null, sparkline_7d: null, error: 'unknown symbol' }
    expect(show(envelope('fresh', [coin]), item('crypto'), entry('crypto', 'table')).get('.coin').text()).toContain('unknown symbol')
  })
})
