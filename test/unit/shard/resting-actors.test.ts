import { describe, expect, test } from 'vitest'
import { ByteReader } from '../../../runtime/model/bytes.ts'
import { Actor } from '../../../runtime/shard/actor.ts'
import { EncodedActor } from '../../../runtime/shard/encoded-actor.ts'
import { FunctionTable } from '../../../runtime/shard/function-table.ts'
import { Journal } from '../../../runtime/shard/journal.ts'
import { RestingActors } from '../../../runtime/shard/resting-actors.ts'

const valueBytes = 10_000

const encodedOf = (table: FunctionTable<Actor>, ids: readonly string[], byte: number): EncodedActor[] => {
  const other = new FunctionTable<Actor>(table.ordinal, table.typename)
  const journal = new Journal()
  for (const id of ids) {
    const actor = new Actor(other, id)
    actor.mutate({ op: 'set', state: 0, value: new Uint8Array(valueBytes).fill(byte) })
    journal.actor(actor, [])
  }
  const reader = new ByteReader(journal.take())
  return ids.map(() => {
    const encoded = new EncodedActor()
    encoded.read(reader)
    return encoded
  })
}
const idsUpTo = (count: number): string[] => Array.from({ length: count }, (_, n) => `id${n}`)
const idsIn = (resting: RestingActors, slots?: ReadonlySet<number>): string[] => {
  const ids: string[] = []
  for (const { id } of resting.encoded(undefined, slots)) ids.push(id)
  return ids.toSorted()
}
const firstByte = (actor: Actor | undefined): number | undefined => {
  const cells = actor?.cells(0)
  return cells?.kind === 'value' ? cells.value[0] : undefined
}

describe('the memory of actors at rest', () => {
  /** 300 of them in three pieces. */
  const filled = (): { table: FunctionTable<Actor>; resting: RestingActors } => {
    const table = new FunctionTable<Actor>(3, 't/a')
    const resting = new RestingActors()
    for (const encoded of encodedOf(table, idsUpTo(300), 1)) resting.add(table, encoded)
    return { table, resting }
  }
  const pieces = (resting: RestingActors): number => {
    const found = new Set<Uint8Array>()
    for (const { bytes } of resting.encoded()) found.add(bytes)
    return found.size
  }
  const tidied = (resting: RestingActors): number => [...resting.tidy()].length

  test('is kept while most of it is in use', () => {
    const { table, resting } = filled()
    expect(pieces(resting)).toBe(3)
    for (let n = 0; n < 300; n += 3) resting.take(table, `id${n}`)
    expect(tidied(resting)).toBe(0)
    expect(pieces(resting)).toBe(3)
  })

  test('is given up when less than half is, and what was in it stands elsewhere', () => {
    const { table, resting } = filled()
    for (let n = 0; n < 300; n++) if (n % 5 > 0) resting.take(table, `id${n}`)
    expect(tidied(resting)).toBe(3)
    expect(pieces(resting)).toBe(1)
    expect(tidied(resting)).toBe(0)
    expect(idsIn(resting)).toEqual(
      idsUpTo(300)
        .filter((_, n) => n % 5 === 0)
        .toSorted(),
    )
    expect([table.resting, table.stateBytes]).toEqual([60, 60 * valueBytes + 240 * valueBytes])
    for (let n = 0; n < 300; n += 5) expect(firstByte(resting.take(table, `id${n}`))).toBe(1)
    expect(table.resting).toBe(0)
    expect([...resting.encoded()]).toEqual([])
  })

  test('of what was read is given up too, with what later objects have replaced', () => {
    const table = new FunctionTable<Actor>(0, 't/a')
    const resting = new RestingActors()
    const load = (count: number, byte: number): void => {
      for (const encoded of encodedOf(table, idsUpTo(count), byte)) resting.keep(table, encoded, 0)
    }
    load(100, 1)
    load(80, 2)
    load(30, 3)
    expect([table.resting, table.stateBytes]).toEqual([100, 100 * valueBytes])
    expect(pieces(resting)).toBe(3)
    resting.loaded()
    expect(idsIn(resting)).toEqual(idsUpTo(100).toSorted())
    for (let n = 0; n < 100; n++) expect(firstByte(resting.take(table, `id${n}`))).toBe(n < 30 ? 3 : n < 80 ? 2 : 1)
  })

  test('of one slot is not looked through for another, and that of several is', () => {
    const table = new FunctionTable<Actor>(0, 't/a')
    const resting = new RestingActors()
    for (const slot of [0, 1]) resting.keep(table, encodedOf(table, [`of ${slot}`], 1)[0]!, slot)
    resting.add(table, encodedOf(table, ['of any'], 1)[0]!)
    expect([0, 1, 2].map((slot) => idsIn(resting, new Set([slot])))).toEqual([
      ['of 0', 'of any'],
      ['of 1', 'of any'],
      ['of any'],
    ])
  })

  test('holds actors of the same id under each function', () => {
    const tables = [new FunctionTable<Actor>(0, 't/a'), new FunctionTable<Actor>(200, 't/b')] as const
    const resting = new RestingActors()
    for (const [i, table] of tables.entries()) resting.add(table, encodedOf(table, ['same'], i + 1)[0]!)
    expect([...resting.encoded(tables[1])].map(({ ordinal }) => ordinal)).toEqual([200])
    expect(tables.map((table) => firstByte(resting.take(table, 'same')))).toEqual([1, 2])
    expect(tables.map((table) => resting.take(table, 'same'))).toEqual([undefined, undefined])
  })
})
