import { expect, test } from 'vitest'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import { systemRandom } from '../../../runtime/platform/system-random.ts'
import { type Random, randomId } from '../../../runtime/ports/random.ts'

const draws = (random: Random, count: number) => Array.from({ length: count }, () => random.next())

test.each([
  ['system', () => systemRandom],
  ['seeded', () => seededRandom(7)],
])('%s: draws lie in [0, 1) and spread evenly', (_name, make) => {
  const random = make()
  const all = draws(random, 20_000)
  expect(all.every((drawn) => drawn >= 0 && drawn < 1)).toBe(true)
  expect(Math.abs(all.reduce((sum, drawn) => sum + drawn, 0) / all.length - 0.5)).toBeLessThan(0.02)
  const bytes = random.bytes(20_000)
  expect(new Set(bytes).size).toBe(256)
  expect(randomId(random)).toMatch(/^[0-9a-f]{32}$/)
})

test('the same seed draws the same, another seed something else', () => {
  expect(draws(seededRandom('a/1'), 50)).toEqual(draws(seededRandom('a/1'), 50))
  expect(seededRandom(1).bytes(64)).toEqual(seededRandom(1).bytes(64))
  expect(draws(seededRandom('a/1'), 50)).not.toEqual(draws(seededRandom('a/2'), 50))
})
