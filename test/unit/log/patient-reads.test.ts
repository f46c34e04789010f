import { expect, test } from 'vitest'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { MillraceError } from '../../../runtime/model/errors.ts'
import { patientReads } from '../../../runtime/log/patient-reads.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { FaultyStore } from './faulty-store.ts'
import { Owner } from './owner.ts'
import { SkippingClock } from './skipping-clock.ts'

const makeStore = () => {
  const clock = new SkippingClock()
  const faulty = new FaultyStore(memoryStore(clock))
  return { clock, faulty, store: patientReads(faulty, clock) }
}

test('reads are tried again for five seconds, and then fail as before', async () => {
  const { clock, faulty, store } = makeStore()
  await store.put('a', utf8Encode('here'))
  faulty.script = (verb) => (verb === 'get' && clock.monotonic() < 3_000 ? 'lost' : undefined)
  expect(await store.get('a')).toBeDefined()
  expect(await store.get('b')).toBeUndefined()
  faulty.script = (verb) => (verb === 'get' ? 'lost' : undefined)
  await expect(store.get('a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(clock.monotonic()).toBeGreaterThan(6_000)
  expect(clock.monotonic()).toBeLessThan(9_000)
})

test('what will not pass is not waited for, and a write is never tried again', async () => {
  const { clock, faulty, store } = makeStore()
  faulty.script = () => 'lost'
  expect(await store.putIfAbsent('a', utf8Encode('x'))).toMatchObject({ kind: 'unknown' })
  expect(faulty.requests).toHaveLength(1)
  faulty.script = () => Promise.reject(new MillraceError('STORE_FORBIDDEN', 'no'))
  await expect(store.get('a')).rejects.toMatchObject({ code: 'STORE_FORBIDDEN' })
  expect(faulty.requests).toHaveLength(2)
  expect(clock.monotonic()).toBe(0)
})

test('a long log with a checkpoint is recovered from a store that fails every third read', async () => {
  const { clock, faulty, store } = makeStore()
  const owner = new Owner(faulty, clock, 'a')
  await owner.takeOver()
  for (let item = 1; item <= 60; item++) {
    expect(await owner.commit(item)).toBe('committed')
    if (item === 20) await owner.checkpoint()
  }
  let reads = 0
  faulty.script = (verb) => (verb === 'get' && ++reads % 3 === 0 ? 'lost' : undefined)
  await expect(new Owner(faulty, clock, 'b').takeOver()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await new Owner(store, clock, 'c').takeOver()
})
