import { expect, it, onTestFinished } from 'vitest'
import { awaitTurn } from '@/grid/turns'

function busyFor(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

/** Takes the test runner's place, for which a rejection that nobody handles is a failure. */
function catchRejections(): unknown[] {
  const caught: unknown[] = []
  const others = process.listeners('unhandledRejection')
  const mine = (reason: unknown): void => void caught.push(reason)
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', mine)
  onTestFinished(() => {
    process.off('unhandledRejection', mine)
    for (const other of others) process.on('unhandledRejection', other)
  })
  return caught
}

it('draws one after the other, lets others work between slices, and leaves out who has given up', async () => {
  const log: string[] = []
  const draw = (name: string) => () => {
    busyFor(20)
    log.push(name)
  }
  awaitTurn(draw('a'))
  const giveUp = awaitTurn(draw('b'))
  setTimeout(() => log.push('a key'))
  awaitTurn(draw('c'))
  giveUp()
  await expect.poll(() => log).toEqual(['a', 'a key', 'c'])

  awaitTurn(draw('d'))
  await expect.poll(() => log.at(-1)).toBe('d')
})

it('goes on with the others when one throws, and with who comes later', async () => {
  const thrown = catchRejections()
  const log: string[] = []
  awaitTurn(() => {
    throw new Error('cannot be drawn')
  })
  awaitTurn(() => log.push('a'))
  await expect.poll(() => log).toEqual(['a'])

  awaitTurn(() => log.push('b'))
  await expect.poll(() => log).toEqual(['a', 'b'])
  expect(thrown).toEqual([new Error('cannot be drawn')])
})
