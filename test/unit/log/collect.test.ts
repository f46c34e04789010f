import { describe, expect, test } from 'vitest'
import { collectLog, collectOrphans, trimLog } from '../../../runtime/log/collect.ts'
import { encodeSeal, encodeWindow } from '../../../runtime/log/log-entry.ts'
import { checkpointPrefix, entryKey, openKey, segmentKey } from '../../../runtime/log/names.ts'
import { noBytes } from '../../../runtime/model/bytes.ts'
import { uuid } from './owner.ts'
import { type Bucket, makeBucket, range, commitAll } from './owned-bucket.ts'

describe('rules 7 and 20: what is removed', () => {
  test('rule 7: a seal outlives its log, so that a late PUT fails', async () => {
    const { bucket, owner, ownerStore, heir } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 2)
    ownerStore.script = (verb) => (verb === 'putIfAbsent' ? 'late' : undefined)
    const late = owner.commit(3)
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
    await heir.takeOver()
    const { sealedAt } = heir.manifests.current.logs[0]!
    await collectLog(bucket, uuid, 'a', sealedAt!)
    expect((await ownerStore.landLate()).every((end) => end === 'conflict')).toBe(true)
    ownerStore.script = () => undefined
    expect(await late).toBe('sealed')
    const left: string[] = []
    for await (const { key } of bucket.list(`${uuid}/log/a/`)) left.push(key)
    expect(left).toEqual([entryKey(uuid, 'a', sealedAt!), openKey(uuid, 'a')])
  })

  test('rule 7: all seals of a log that was sealed ahead stay', async () => {
    const { bucket } = makeBucket()
    for (const number of [3, 4, 6])
      await bucket.put(entryKey(uuid, 'a', number), encodeSeal({ kind: 'seal', log: 'a', number, by: 'b' }))
    for (const number of [1, 2]) await bucket.put(entryKey(uuid, 'a', number), Uint8Array.of(1))
    await collectLog(bucket, uuid, 'a', 3)
    const left: string[] = []
    for await (const { key } of bucket.list(`${uuid}/log/a/`)) left.push(key)
    expect(left).toEqual([3, 4, 6].map((number) => entryKey(uuid, 'a', number)))
  })

  test('trimming removes exactly the windows that it is told', async () => {
    const { bucket } = makeBucket()
    for (const number of range(1, 1_100)) await bucket.put(entryKey(uuid, 'a', number), Uint8Array.of(1))
    await trimLog(bucket, uuid, 'a', 2, 1_050)
    const left: string[] = []
    for await (const { key } of bucket.list(`${uuid}/log/a/`)) left.push(key)
    expect(left).toEqual([1, ...range(1_051, 1_100)].map((number) => entryKey(uuid, 'a', number)))
  })

  test('rule 20: parts that no manifest points to go once no upload of them can be under way', async () => {
    const { bucket, clock, owner, manifest } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 2)
    await owner.checkpoint()
    const orphan = segmentKey(uuid, 'a', 9, 0)
    await bucket.put(orphan, Uint8Array.of(1))
    await collectOrphans(bucket, await manifest(), 'b', clock.now() + 3_599_000)
    expect(await bucket.get(orphan)).toBeDefined()
    await collectOrphans(bucket, await manifest(), 'b', clock.now() + 3_700_000)
    expect(await bucket.get(orphan)).toBeUndefined()
    for (const { key } of owner.root!.segments) expect(await bucket.get(key)).toBeDefined()
  })
})

describe('rule 7: windows that a crash has left in logs which the manifest does not name any more', () => {
  const keysOf = async (bucket: Bucket['bucket'], prefix: string): Promise<string[]> => {
    const keys: string[] = []
    for await (const { key } of bucket.list(prefix)) keys.push(key)
    return keys
  }
  const leave = async (windows: readonly number[], seals: readonly number[], agoMs: number) => {
    const { bucket, clock, owner, manifest } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 2)
    const blank = { nonce: 'n', clockMs: 1, hint: { number: 0, offset: 0 }, journal: noBytes, outbox: noBytes }
    for (const number of windows)
      await bucket.put(entryKey(uuid, 'old', number), encodeWindow({ kind: 'window', log: 'old', number, ...blank }))
    for (const number of seals)
      await bucket.put(entryKey(uuid, 'old', number), encodeSeal({ kind: 'seal', log: 'old', number, by: 'x' }))
    await bucket.put(openKey(uuid, 'old'), Uint8Array.of(1))
    await collectOrphans(bucket, await manifest(), 'b', clock.now() + agoMs)
    const own = await keysOf(bucket, `${uuid}/log/a/`)
    expect(own).toContain(entryKey(uuid, 'a', 1))
    return keysOf(bucket, `${uuid}/log/old/`)
  }

  test.each([
    [range(1, 5), [6]],
    [range(3, 5), [6, 7, 9]],
    [[4], [6]],
    [[], [6]],
    [[], [6, 8]],
  ])('windows %j go, seals %j and the claim stay', async (windows, seals) => {
    const left = [...seals.map((number) => entryKey(uuid, 'old', number)), openKey(uuid, 'old')]
    expect(await leave(windows, seals, 3_700_000)).toEqual(left)
  })

  test('not while an upload of them may be under way', async () => {
    expect(await leave(range(1, 3), [4], 3_500_000)).toHaveLength(5)
  })

  test('rule 20: nor anything that a kept checkpoint needs', async () => {
    const { bucket, clock, owner, manifest } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 1)
    await owner.checkpoint()
    const { checkpoint } = await manifest()
    const kept = await keysOf(bucket, checkpointPrefix(uuid))
    for (const pointers of [{ checkpoint }, { checkpoint: undefined, retained: [checkpoint!] }]) {
      await collectOrphans(bucket, { ...(await manifest()), ...pointers }, 'b', clock.now() + 3_700_000)
      expect(await keysOf(bucket, checkpointPrefix(uuid))).toEqual(kept)
    }
    // What one cannot tell to be needed or not stays.
    await bucket.put('root' in checkpoint! ? checkpoint.root : '', Uint8Array.of(1))
    await expect(collectOrphans(bucket, await manifest(), 'b', clock.now() + 3_700_000)).rejects.toThrow('root')
    expect(await keysOf(bucket, checkpointPrefix(uuid))).toEqual(kept)
  })

  test('rule 20: nor what the own log’s checkpoints are writing', async () => {
    const { bucket, clock, owner, manifest } = makeBucket()
    await owner.takeOver()
    await bucket.put(segmentKey(uuid, 'a', 9, 0), Uint8Array.of(1))
    await collectOrphans(bucket, await manifest(), 'a', clock.now() + 3_700_000)
    expect(await keysOf(bucket, checkpointPrefix(uuid))).toHaveLength(1)
  })
})
