import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { survives } from '../shard/model.ts'
import { plain } from '../../fixtures/world-of-everything.ts'
import { applicationUuid } from '../../../runtime/log/application.ts'
import { ManifestStore } from '../../../runtime/log/manifest-store.ts'
import { takeOver } from '../../../runtime/log/recover.ts'
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

describe('what released versions have stored is read, and goes on', () => {
  test.each(['format-1'])('%s', async (format) => {
    const { clock, store } = await bucketOf(format)
    const uuid = await applicationUuid(store, clock, seededRandom(1), 'test', false)
    const manifests = new ManifestStore(store, clock, uuid, 'heir')
    const markers = { topic: 'm', partitions: 16 }
    const incarnation = { uuid, application: 'test', log: 'heir', slots: 24, markers }
    const { shard, created } = await takeOver(store, clock, manifests, incarnation)
    expect(created).toBe(false)
    const expected: object = JSON.parse(await readFile(join(fixtures, format, 'expected.json'), 'utf8'))
    expect(plain(survives(shard))).toEqual(expected)
  })
})
