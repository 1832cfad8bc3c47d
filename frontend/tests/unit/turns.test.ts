import { expect, it } from 'vitest'
import { awaitTurn } from '@/grid/turns'

function busyFor(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
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
