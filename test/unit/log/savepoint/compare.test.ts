import { expect, test } from 'vitest'
import { compareSavepoints } from '../../../../runtime/log/savepoint/compare.ts'
import type { Mutation } from '../../../../runtime/model/state-cells.ts'
import { parquetFiles } from '../../../../runtime/platform/parquet.ts'
import { Shard } from '../../../../runtime/shard/shard.ts'
import { folderIn, saved } from './samples.ts'

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)

/** One function with a value, a list and a map; `states` by the id of the actor. */
const shardOf = (states: Readonly<Record<string, readonly Mutation[]>>): Shard => {
  const shard = new Shard()
  const table = shard.declareFunction('t/a')
  for (const kind of ['value', 'list', 'map'] as const)
    shard.declareState(table, { name: kind, kind, typename: 'x/y', keyTypename: kind === 'map' ? 'x/k' : undefined })
  for (const [id, mutations] of Object.entries(states)) shard.mutate(shard.actor(table, id), mutations)
  return shard
}

const compared = async (first: Shard, second: Shard) => {
  const both = [folderIn().folder, folderIn().folder] as const
  const descriptions = [await saved([first], both[0]), await saved([second], both[1])] as const
  return compareSavepoints(
    { folder: both[0], description: descriptions[0] },
    { folder: both[1], description: descriptions[1] },
    parquetFiles,
  )
}

const set = (value: number): Mutation => ({ op: 'set', state: 0, value: bytes(value) })
const append = (value: number): Mutation => ({ op: 'append', state: 1, value: bytes(value) })
const put = (key: number, value: number): Mutation => ({ op: 'put', state: 2, key: bytes(key), value: bytes(value) })

test('what is equal, different and on one side alone is counted by state, with the ids', async () => {
  const first = shardOf({ same: [set(1)], other: [set(1)], left: [set(1), append(1)] })
  const second = shardOf({ same: [set(1)], other: [set(2)], right: [set(1)] })
  const [value, list, map] = await compared(first, second)
  expect(value).toEqual({
    typename: 't/a',
    state: 'value',
    equal: 1,
    different: 1,
    onlyInFirst: 1,
    onlyInSecond: 1,
    examples: { different: ['other'], onlyInFirst: ['left'], onlyInSecond: ['right'] },
  })
  expect(list).toMatchObject({ state: 'list', equal: 0, onlyInFirst: 1, onlyInSecond: 0 })
  expect(map).toMatchObject({ state: 'map', equal: 0, different: 0, onlyInFirst: 0, onlyInSecond: 0 })
})

test('maps are equal in any order of entries, lists wherever they begin, and only if every cell is', async () => {
  const drop: Mutation = { op: 'dropFront', state: 1, count: 1 }
  const first = shardOf({ a: [put(1, 1), put(2, 2)], b: [append(9), append(1), drop], c: [append(1), append(2)] })
  const second = shardOf({ a: [put(2, 2), put(1, 1)], b: [append(1)], c: [append(2), append(1)] })
  const [, list, map] = await compared(first, second)
  expect(map).toMatchObject({ equal: 1, different: 0 })
  expect(list).toMatchObject({ equal: 1, different: 1, examples: { different: ['c'] } })
  // Where one cell ends and the next begins counts.
  const [, split] = await compared(
    shardOf({ a: [{ op: 'append', state: 1, value: bytes(1, 2) }, append(3)] }),
    shardOf({ a: [append(1), { op: 'append', state: 1, value: bytes(2, 3) }] }),
  )
  expect(split).toMatchObject({ equal: 0, different: 1 })
})

test('so many ids are told, and all are counted', async () => {
  const many = (value: number) =>
    shardOf(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, [set(value)]])))
  const [value] = await compared(many(1), many(2))
  expect(value).toMatchObject({ different: 50 })
  expect(value!.examples.different).toHaveLength(10)
})
