import { ESLint } from 'eslint'
import { expect, it } from 'vitest'

const eslint = new ESLint()

async function refused(filePath: string, from: string): Promise<boolean> {
  const [found] = await eslint.lintText(`import x from '${from}'\n\nexport default x\n`, { filePath })
  return found?.messages.some((one) => one.ruleId === 'no-restricted-imports') ?? false
}

it.each([
  ['src/ui/x.ts', '@/session/session'],
  ['src/api/x.ts', '../dashboards/dashboards'],
  ['src/cards/parts/x.ts', '../../live/live'],
  ['src/forms/x.ts', '@/cards/registry'],
  ['src/live/x.ts', '@/session/session'],
])('%s may not import %s', async (file, from) => {
  expect(await refused(file, from)).toBe(true)
})

it.each([
  ['src/cards/purpose/x.ts', '../parts/spark'],
  ['src/dashboards/x.ts', '@/cards/registry'],
  ['src/session/x.ts', '@/live/offline'],
])('%s may import %s', async (file, from) => {
  expect(await refused(file, from)).toBe(false)
})
