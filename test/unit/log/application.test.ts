import { expect, test } from 'vitest'
import { applicationUuid } from '../../../runtime/log/application.ts'
import { applicationKey, entryKey, manifestKey, markerTopic, transactionalId } from '../../../runtime/log/names.ts'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { FaultyStore } from './faulty-store.ts'
import { SkippingClock } from './skipping-clock.ts'

const make = () => {
  const clock = new SkippingClock()
  const store = new FaultyStore(memoryStore(clock))
  const random = seededRandom(1)
  return { store, uuid: (name: string, create = false) => applicationUuid(store, clock, random, name, create) }
}

test('rule 1: an application has a UUID of its own, which stays, and a new one when it is made again', async () => {
  const { store, uuid } = make()
  const first = await uuid('one')
  expect(await uuid('one')).toBe(first)
  await store.delete([applicationKey('one')])
  const again = await uuid('one')
  expect(again).not.toBe(first)
  for (const name of [
    manifestKey,
    (id: string) => entryKey(id, 'log', 1),
    (id: string) => markerTopic('p', id),
    (id: string) => transactionalId(id, 'log'),
  ])
    expect(name(again)).not.toBe(name(first))
})

test('a name that the bucket does not know, while it knows others, needs --create, and the others are told', async () => {
  const { uuid } = make()
  const one = await uuid('one')
  await expect(uuid('on')).rejects.toMatchObject({
    code: 'APPLICATION_UNKNOWN',
    message: expect.stringMatching(/one.*--create/),
  })
  const two = await uuid('on', true)
  expect(two).not.toBe(one)
  expect(await uuid('one')).toBe(one)
  expect(await uuid('on')).toBe(two)
  await expect(uuid('a/b c')).rejects.toMatchObject({ message: expect.stringContaining('on, one') })
})

test('two that create an application at the same moment do not take each other for a slip', async () => {
  const { store, uuid } = make()
  let other: string | undefined
  store.script = async (verb) => {
    if (verb !== 'list' || other !== undefined) return
    other = ''
    other = await uuid('one')
  }
  expect(await uuid('one')).toBe(other)
})

test.each(['landed', 'lost', 'late'] as const)(
  'a creation whose answer is lost (%s) ends with one UUID for all',
  async (fault) => {
    const { store, uuid } = make()
    let faults = 1
    store.script = (verb) => (verb === 'putIfAbsent' && faults-- > 0 ? fault : undefined)
    const ids = await Promise.all([uuid('one'), uuid('one'), uuid('one')])
    await store.landLate()
    expect(new Set([...ids, await uuid('one')]).size).toBe(1)
  },
)

test('an entry that is no UUID is named', async () => {
  for (const text of ['', '{', '{"uuid":1}', '[]', 'null']) {
    const { store, uuid } = make()
    await store.put(applicationKey('one'), new TextEncoder().encode(text))
    await expect(uuid('one')).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining('applications/one'),
    })
  }
})
