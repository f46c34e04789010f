import { expect, test } from 'vitest'
import { ByteReader, ByteWriter } from '../../../runtime/model/bytes.ts'
import { Actor } from '../../../runtime/shard/actor.ts'
import { FunctionTable } from '../../../runtime/shard/function-table.ts'
import { readStates } from '../../../runtime/shard/read-cells.ts'

const bytes = (...of: number[]): Uint8Array => Uint8Array.from(of)

const actorWithState = (): Actor => {
  const table = new FunctionTable<Actor>(0, 'shop/counter')
  table.states.push({ name: 'count', kind: 'value', typename: 'int', keyTypename: undefined })
  return new Actor(table, 'a')
}

test.each([3, 100])('the cells of a state stay as they were when its value of %i bytes is replaced', (length) => {
  const actor = actorWithState()
  const [before, after] = [new Uint8Array(length).fill(1), new Uint8Array(length).fill(2)]
  actor.mutate({ op: 'set', state: 0, value: before })
  const kept = actor.cells(0)
  actor.mutate({ op: 'set', state: 0, value: after })
  expect(kept).toEqual({ kind: 'value', value: new Uint8Array(length).fill(1) })
  expect(before).toEqual(new Uint8Array(length).fill(1))
  expect(actor.value(0)).toEqual(after)
  after.fill(3)
  expect(actor.value(0)).toEqual(new Uint8Array(length).fill(2))
  expect(actor.stateBytes).toBe(length)
})

test('a state that was loaded of a checkpoint changes, and the bytes of the checkpoint do not', () => {
  const out = new ByteWriter()
  for (const number of [1, 0, 0, 1]) out.uint(number)
  out.blob(bytes(1, 2, 3))
  const checkpoint = out.copy()
  const actor = actorWithState()
  readStates(new ByteReader(checkpoint), actor)
  expect(actor.value(0)).toEqual(bytes(1, 2, 3))
  actor.mutate({ op: 'set', state: 0, value: bytes(7, 8, 9) })
  expect(actor.value(0)).toEqual(bytes(7, 8, 9))
  expect(checkpoint).toEqual(out.copy())
})
