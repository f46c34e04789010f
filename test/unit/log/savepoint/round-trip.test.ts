import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SnapshotParts } from '../../../../runtime/log/savepoint/snapshot-parts.ts'
import { Journal } from '../../../../runtime/shard/journal.ts'
import { replay } from '../../../../runtime/shard/replay.ts'
import { Shard } from '../../../../runtime/shard/shard.ts'
import { Snapshot } from '../../../../runtime/shard/snapshot.ts'
import { perform, survives } from '../../shard/model.ts'
import { commands, folderIn, loaded, saved, shardAfter } from './samples.ts'

/** A snapshot gives requests in the order in which they expire. */
const inAnyOrder = (shard: Shard) => {
  const { requests, ...rest } = survives(shard)
  return { ...rest, requests: requests.toSorted((a, b) => (a.scope < b.scope ? -1 : 1)) }
}

/** As a start makes it of a checkpoint: its actors are at rest. */
const started = (from: Shard): Shard => {
  const slot = 0
  const snapshot = new Snapshot(from, [slot], 0)
  const shard = new Shard()
  shard.journal = new Journal()
  replay(snapshot.head, shard)
  for (let next = snapshot.next(); next; next = snapshot.next())
    if (next !== 'pause') replay(next.journal.slice(), shard, slot)
  shard.loaded()
  return shard
}

describe('what is loaded from a savepoint', () => {
  test('is what was saved, cell by cell, message by message, whatever was done before', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (given) => {
        const shard = shardAfter(given)
        const { folder } = folderIn()
        await saved([shard], folder)
        const { shard: found, dropped } = await loaded(folder)
        expect(survives(found)).toEqual(survives(shard))
        expect(dropped).toEqual({ cells: 0, messages: 0, timers: 0, requests: 0, replies: 0 })
      }),
      { numRuns: 60 },
    )
  })

  test.each([
    ['as objects', (shard: Shard) => shard],
    ['at rest', started],
  ])('is of the moment when it began, though state goes on changing while it is written: actors %s', async (_, as) => {
    await fc.assert(
      fc.asyncProperty(commands, commands, async (before, after) => {
        const shard = as(shardAfter(before))
        const atStart = inAnyOrder(shard)
        const { folder } = folderIn()
        let parts = 0
        const changing = function* (): Generator<Shard> {
          for (const part of new SnapshotParts(shard, 0).parts()) {
            if (parts++ === 0) for (const each of after) perform(shard, each)
            yield part
          }
        }
        await saved(changing(), folder)
        expect(inAnyOrder((await loaded(folder)).shard)).toEqual(atStart)
      }),
      { numRuns: 60 },
    )
  })

  test('is whole though the memory of actors that have woken since a start is given up on the way', async () => {
    const before = shardAfter([])
    for (let i = 0; i < 300; i++) {
      const actor = before.actor(before.tables[0]!, `id${i}`)
      before.mutate(actor, [{ op: 'set', state: 0, value: new Uint8Array(10_000).fill(i) }])
    }
    const shard = started(before)
    const table = shard.tables[0]!
    expect(table.resting).toBe(300)
    for (let i = 0; i < 250; i++) shard.find(table, `id${i}`)
    const { folder } = folderIn()
    const { functions } = await saved(new SnapshotParts(shard, 0).parts(), folder)
    expect(functions).toMatchObject([{ typename: table.typename, states: table.states, addresses: 300 }])
    expect(survives((await loaded(folder)).shard)).toEqual(survives(before))
  })

  test('comes whole from many files, row groups and parts', async () => {
    const shard = shardAfter([])
    const table = shard.tables[0]!
    for (let i = 0; i < 12_000; i++) {
      const actor = shard.actor(table, `id${i}`)
      shard.mutate(actor, [
        { op: 'set', state: 0, value: new Uint8Array(100).fill(i) },
        { op: 'append', state: 1, value: Uint8Array.of(i) },
        { op: 'append', state: 1, value: Uint8Array.of(1, i) },
      ])
    }
    const { folder } = folderIn()
    const description = await saved(new SnapshotParts(shard, 0).parts(), folder, { fileBytesMax: 100_000 })
    expect(description.files.filter(({ kind }) => kind === 'state').length).toBeGreaterThan(3)
    expect(description.functions[0]).toMatchObject({ addresses: 12_000, cells: 36_000, bytes: 12_000 * 103 })
    expect(survives((await loaded(folder)).shard)).toEqual(survives(shard))
  })
})
