import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'

const module = new URL('../../../runtime/platform/young-objects.ts', import.meta.url)

/** MiB that V8 has for young objects, after each of two floods of objects that outlive collections: while starting, and then. */
const program = `
  import { getHeapSpaceStatistics } from 'node:v8'
  import { startedSmall } from '${module.href}'
  const flood = () => {
    let kept = []
    for (let n = 0; n < 3_000_000; n++) {
      if (kept.length === 200_000) kept = []
      kept.push({ n })
    }
    return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size >> 20
  }
  console.log(JSON.stringify([await startedSmall(async () => flood()), flood()]))
`

it('takes little memory for young objects while it starts, and lets V8 take more afterwards', () => {
  const [starting = 0, afterwards = 0]: number[] = JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }),
  )
  expect(starting).toBeLessThan(8)
  expect(afterwards).toBeGreaterThanOrEqual(16)
})
