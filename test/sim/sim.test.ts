import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { edited } from './mutations/edited.ts'
import { mutations } from './mutations/list.ts'
import { commandOf, parseOptions } from './run/options.ts'
import { scenarioOf } from './scenario.ts'
import { simulate } from './simulate.ts'

it('does the same for the same seed, byte for byte', async () => {
  for (const seed of [3, 12, 26]) {
    const first = await simulate(scenarioOf(seed), true)
    const second = await simulate(scenarioOf(seed), true)
    expect(first.lines?.length).toBeGreaterThan(100)
    expect(second.lines).toEqual(first.lines)
    expect(second.digest).toBe(first.digest)
  }
})

it('does something else for another seed', async () => {
  const digests = await Promise.all([1, 2, 3].map(async (seed) => (await simulate(scenarioOf(seed))).digest))
  expect(new Set(digests).size).toBe(3)
})

it('finds every promise kept in the first seeds', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const { violations } = await simulate(scenarioOf(seed))
    expect(violations, `seed ${seed}`).toEqual([])
  }
})

it('prints the command that runs a scenario again', () => {
  const change = { without: ['crash', 'pause'], inputs: 3, faultMs: 500 } as const
  const command = commandOf(7, change)
  expect(command).toBe('npm run sim -- --seed 7 --without crash,pause --inputs 3 --fault-ms 500')
  expect(parseOptions(command.split(' ').slice(4))).toMatchObject({ from: 7, seeds: 1, change })
})

it('says what is allowed instead of running something else', () => {
  expect(() => parseOptions(['--seeds', 'many'])).toThrow('--seeds is many; allowed are whole numbers from 1')
  expect(() => parseOptions(['--without', 'rain'])).toThrow(
    '--without rain: there is no such fault; there are store-lost',
  )
})

it.each(mutations.flatMap(({ name, edits }) => edits.map((edit) => ({ name, edit }))))(
  'mutation $name still fits the code',
  ({ edit }) => {
    const source = readFileSync(edit.file, 'utf8')
    expect(edited(source, edit)).not.toBe(source)
  },
)
