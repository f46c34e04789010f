import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import { defaultLimits } from '../../../runtime/model/limits.ts'
import { idOfKey } from '../../../runtime/model/record-key.ts'
import type { LogRecord } from '../../../runtime/model/record.ts'
import type { KeyedMessage, Route } from '../../../runtime/model/topology.ts'
import { Router } from '../../../runtime/coordinator/route.ts'
import { ParkedBounds } from '../../../runtime/shard/parked-bounds.ts'
import { makeWorld } from '../shard/applied.ts'

const limits = { ...defaultLimits, valueBytesMax: 3 }
const source = { ingress: 'in', topic: 'topic', partition: 0 }
const byKey: KeyedMessage = {
  typename: 't/a',
  message: 'add',
  payloadOf: ({ value }) => {
    if (value?.length === 0) throw new Error('is empty')
    return value ?? undefined
  },
}
/** The same with a text made of each key. */
const byText: Route = {
  ingress: 'in',
  messagesOf: (record) => [
    { typename: 't/a', id: idOfKey(record.key!), message: 'add', payload: byKey.payloadOf(record) },
  ],
}

/** What these records make: each lane with offset and payload, and the dead letters. */
const routed = (route: Route, records: readonly LogRecord[]) => {
  const world = makeWorld({ limits })
  const router = new Router(world.shard, [route], limits, new ParkedBounds(world.shard, limits, 'deadLetterOldest'))
  router.route({ source, records, next: records.length }, world.applier())
  const [table] = world.shard.tables
  const lanes = [...table!.actors.values()].map(({ id, lane }) => [
    id,
    lane?.messages.map(({ origin, name, payload }) => [origin.record?.offset, origin.routeIndex, name, payload]),
  ])
  const dead = world.emits('dead').map(({ key, value, headers }) => ({
    key,
    value,
    headers: headers.map(([name, text]) => [name, text && utf8Decode(text)]),
  }))
  return { lanes, dead, pending: world.shard.pendingMessages }
}

const text = fc.constantFrom('bob', '', 'bytes', 'bytes:', 'bytes:ff', 'bytes:zz', 'users:1', 'é', '\ufeffbob')
const key = fc.oneof(text.map(utf8Encode), fc.constantFrom(Uint8Array.of(0xff), Uint8Array.of(0x62, 0x79, 0xff)))
const value = fc.option(fc.uint8Array({ maxLength: 4 }))

test('a record gets to the actor of its key, whether that is found by the bytes of the key or by their text', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ key, value }), { maxLength: 30 }), (given) => {
      const records = given.map((each, offset) => ({ ...each, offset, timestampMs: 1, headers: [] }))
      expect(routed({ ...byText, byKey }, records)).toEqual(routed(byText, records))
    }),
    { numRuns: 300 },
  )
})
