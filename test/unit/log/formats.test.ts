import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CheckpointLife, keysOf } from '../coordinator/checkpoint-life.ts'
import { survives } from '../shard/model.ts'
import { plain } from '../../fixtures/world-of-everything.ts'
import { applicationUuid } from '../../../runtime/log/application.ts'
import { checkpointPrefix } from '../../../runtime/log/names.ts'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { SkippingClock } from './skipping-clock.ts'

const fixtures = join(import.meta.dirname, '../../fixtures')

/** A bucket with what a released version has written. */
const bucketOf = async (format: string) => {
  const clock = new SkippingClock()
  const store = memoryStore(clock)
  const objects = join(fixtures, format, 'objects')
  for (const entry of await readdir(objects, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    if (entry.isFile()) await store.put(relative(objects, file), await readFile(file))
  }
  return { clock, store }
}

/** But for the function that such a life declares by itself. */
const stateOf = ({ shard }: CheckpointLife): unknown => {
  const { functions, ...rest } = survives(shard)
  return plain({ functions: functions.filter(({ typename }) => typename !== 't/a'), ...rest })
}

describe('what released versions have stored', () => {
  const formats = ['format-1', 'format-2']
  const begin = async (format: string) => {
    const { clock, store } = await bucketOf(format)
    const uuid = await applicationUuid(store, clock, seededRandom(1), 'test', false)
    const life = (log: string) => new CheckpointLife(store, clock, log, { uuid, application: 'test' })
    const expected: object = JSON.parse(await readFile(join(fixtures, format, 'expected.json'), 'utf8'))
    return { clock, store, uuid, life, expected }
  }

  test.each(formats)('%s is read as it was', async (format) => {
    const { life, expected } = await begin(format)
    const heir = await life('heir').start(1)
    expect(heir.recovered.created).toBe(false)
    expect(stateOf(heir)).toEqual(expected)
  })

  test.each(formats)('%s goes on: its checkpoint is replaced, and nothing is left behind', async (format) => {
    const { store, uuid, life } = await begin(format)
    const heir = await life('heir').start(1)
    heir.shard.mutate(heir.shard.actor(heir.shard.tables[1]!, 'new'), [
      { op: 'set', state: 0, value: Uint8Array.of(1) },
    ])
    await heir.commit()
    await heir.quiet()
    expect(heir.warnings).toEqual([])
    expect(stateOf(await life('next').start(1))).toEqual(stateOf(heir))
    const keys = await keysOf(store, checkpointPrefix(uuid))
    expect(keys.map((key) => key.split('/')[2])).toEqual(keys.map(() => 'heir'))
  })

  test.each(formats)('%s: a flipped bit in its checkpoint is noticed', async (format) => {
    const { store, uuid, life } = await begin(format)
    for (const key of await keysOf(store, checkpointPrefix(uuid))) {
      const { bytes } = (await store.get(key))!
      for (let bit = 0; bit < bytes.length * 8; bit += 997) {
        const flipped = bytes.slice()
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        await store.put(key, flipped)
        await expect(life('heir').start(1)).rejects.toMatchObject({
          code: 'STORE_CORRUPT',
          message: expect.stringContaining(key),
        })
      }
      await store.put(key, bytes)
    }
  })
})
