import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { expect, it } from 'vitest'
import { samples } from '@/cards/samples'
import { rehearse } from '@/dashboards/rehearsal'
import { i18n } from '@/i18n'
import { makeRouter } from '@/router'

it('has a sample for every card that is made for a provider', () => {
  const made = Object.keys(import.meta.glob('../../src/cards/purpose/*.vue')).map((path) => path.replace(/^.*\/|\.vue$/g, ''))
  expect(samples(Date.now()).map(([widget]) => widget).sort()).toEqual(made.sort())
})

it('draws all there is without a complaint, and leaves nothing on the page', async () => {
  const complaints: string[] = []
  const app = createApp({}).use(createPinia()).use(i18n).use(makeRouter())
  app.config.warnHandler = (said) => complaints.push(said)
  app.config.errorHandler = (error) => complaints.push(String(error))
  const field = document.body.appendChild(document.createElement('input'))
  const before = document.body.innerHTML
  const done = rehearse(app, true)
  field.focus()
  await done
  expect(complaints).toEqual([])
  expect(document.body.innerHTML).toBe(before)
})
