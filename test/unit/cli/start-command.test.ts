import { expect, it } from 'vitest'
import { start } from '../../../runtime/cli/commands/start.ts'
import { exitCodeOf } from '../../../runtime/cli/exit-code.ts'

it('takes for --out-of-range what is allowed and nothing else', async () => {
  const error: unknown = await start.run(['--out-of-range', 'never'], {}).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ message: '--out-of-range is never; allowed are earliest and latest' })
  expect(exitCodeOf(error)).toBe(2)
  await expect(start.run(['--out-of-range', 'latest', '--config', 'nowhere.ts'], {})).rejects.toThrow('nowhere.ts')
})
