import 'fake-indexeddb/auto'
import { expect, it } from 'vitest'
import { forget, forgetAll, keep, kept } from '@/live/offline'

const isText = (value: unknown): value is string => typeof value === 'string'

it('keeps answers until they are forgotten', async () => {
  await keep('a', 'one')
  await keep('b', 'two')
  expect(await kept('a', isText)).toBe('one')
  await forget('a')
  expect(await kept('a', isText)).toBeUndefined()
  await forgetAll()
  expect(await kept('b', isText)).toBeUndefined()
})

it('gives nothing that is not what it should be', async () => {
  await keep('n', 1)
  expect(await kept('n', isText)).toBeUndefined()
})
