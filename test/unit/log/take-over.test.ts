import { describe, expect, test } from 'vitest'
import { decodeEntry } from '../../../runtime/log/log-entry.ts'
import { encodeManifest } from '../../../runtime/log/manifest.ts'
import { entryKey, manifestKey, openKey } from '../../../runtime/log/names.ts'
import { LogReader } from '../../../runtime/log/take-over.ts'
import { FaultyStore } from './faulty-store.ts'
import { itemsOf, Owner, uuid } from './owner.ts'
import { type Bucket, makeBucket, range, commitAll } from './owned-bucket.ts'

describe('rule 2: an incarnation claims its log and registers before its first window', () => {
  test('the claim comes first, the entry in the manifest last', async () => {
    const { owner, heir, heirStore, manifest } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 2)
    await heir.takeOver()
    const writes = heirStore.requests.filter(({ verb }) => verb.startsWith('put'))
    expect(writes.map(({ verb, key }) => [verb, key])).toEqual([
      ['putIfAbsent', openKey(uuid, 'b')],
      ['putIfAbsent', entryKey(uuid, 'a', 3)],
      ['putIfMatch', manifestKey(uuid)],
    ])
    expect((await manifest()).logs).toEqual([
      { log: 'a', sealedAt: 3, drainer: 'b', drained: false },
      { log: 'b', sealedAt: undefined, drainer: undefined, drained: false },
    ])
  })

  test('one whose first registration was in doubt, and sealed meanwhile, does not register its sealed log again', async () => {
    const { owner, ownerStore, heir, manifest } = makeBucket()
    let attempts = 0
    ownerStore.script = async (verb, key) => {
      if (verb !== 'putIfAbsent' || key !== manifestKey(uuid)) return undefined
      if (++attempts === 1) return 'landed'
      // Before it asks again, a successor comes, and drops it from the manifest.
      await heir.takeOver()
      await commitAll(heir, 1, 1)
      await heir.checkpoint()
      return undefined
    }
    await expect(owner.takeOver()).rejects.toMatchObject({ code: 'FENCED' })
    expect((await manifest()).logs.map(({ log }) => log)).toEqual(['b'])
  })

  test('one whose registration has an ambiguous end looks, and goes on', async () => {
    for (const fault of ['landed', 'lost', 'late'] as const) {
      const { owner, heir, heirStore, manifest } = makeBucket()
      await owner.takeOver()
      await commitAll(owner, 1, 2)
      let faults = 1
      heirStore.script = (verb) => (verb === 'putIfMatch' && faults-- > 0 ? fault : undefined)
      await heir.takeOver()
      await heirStore.landLate()
      expect((await manifest()).logs.map(({ log }) => log)).toEqual(['a', 'b'])
      expect(itemsOf(heir.recovered.shard)).toEqual([1, 2])
    }
  })
})

describe('rule 18: sealing a log whose owner may live', () => {
  test('an owner that goes on commits nothing more, whatever becomes of its PUT', async () => {
    for (const fault of [undefined, 'lost', 'landed', 'late'] as const) {
      const { owner, ownerStore, heir } = makeBucket()
      await owner.takeOver()
      await commitAll(owner, 1, 3)
      await heir.takeOver()
      let faults = 1
      ownerStore.script = (verb) => (verb === 'putIfAbsent' && faults-- > 0 ? fault : undefined)
      expect(await owner.commit(4)).toBe('sealed')
      expect((await ownerStore.landLate()).every((end) => end === 'conflict')).toBe(true)
      expect(itemsOf(heir.recovered.shard)).toEqual([1, 2, 3])
      expect(await heir.commit(4)).toBe('committed')
    }
  })

  test('a PUT that lands between the look and the seal is recovered', async () => {
    const { owner, ownerStore, heir, heirStore } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 2)
    ownerStore.script = (verb) => (verb === 'putIfAbsent' ? 'late' : undefined)
    const doubtful = owner.commit(3)
    heirStore.script = async (verb, key) => {
      if (verb !== 'putIfAbsent' || key !== entryKey(uuid, 'a', 3)) return
      heirStore.script = () => undefined
      await ownerStore.landLate()
    }
    await heir.takeOver()
    ownerStore.script = () => undefined
    expect(itemsOf(heir.recovered.shard)).toEqual([1, 2, 3])
    // Its window was in the log before the seal: it may say so, since nothing of it is lost.
    expect(await doubtful).toBe('committed')
    expect(await owner.commit(4)).toBe('sealed')
  })

  test('an owner that is faster is caught by a seal ahead, which is then filled down', async () => {
    for (const rounds of [1, 2, 3, 5]) {
      const { bucket, owner, heir, heirStore, manifest } = makeBucket()
      await owner.takeOver()
      await commitAll(owner, 1, 2)
      let item = 2
      let left = rounds
      heirStore.script = async (verb, key) => {
        if (verb !== 'putIfAbsent' || !/\/log\/a\/\d/.test(key) || left-- <= 0) return
        // The owner is there first, and a little further each time.
        const at = Number(key.slice(-12))
        while (owner.number < at) if ((await owner.commit(++item)) === 'sealed') return void item--
      }
      await heir.takeOver()
      const { sealedAt } = (await manifest()).logs[0]!
      expect(itemsOf(heir.recovered.shard)).toEqual(range(1, item))
      expect(sealedAt).toBe(item + 1)
      for (let number = sealedAt!; ; number++) {
        const there = await bucket.get(entryKey(uuid, 'a', number))
        if (!there) break
        expect(decodeEntry(there.bytes, 'k', 'a', number).kind).toBe('seal')
      }
    }
  })

  test('an owner that commits while the seal ahead is filled down loses nothing and stops at it', async () => {
    const { owner, heir, heirStore, manifest } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 2)
    let seals = 0
    heirStore.script = async (verb, key) => {
      if (verb !== 'putIfAbsent' || !/\/log\/a\/\d/.test(key)) return
      // First at 3: the owner is there. Then ahead at 6; then 5, before which the owner puts 4.
      if (++seals === 1) await owner.commit(3)
      if (seals === 3) await owner.commit(4)
    }
    await heir.takeOver()
    expect((await manifest()).logs[0]?.sealedAt).toBe(5)
    expect(itemsOf(heir.recovered.shard)).toEqual([1, 2, 3, 4])
    expect(await owner.commit(5)).toBe('sealed')
  })

  test('a seal whose answer is lost holds; an heir that died after sealing is followed by another', async () => {
    const { bucket, clock, owner, heir, heirStore } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 2)
    heirStore.script = (verb) => {
      if (verb === 'putIfMatch') throw new Error('crash')
      return undefined
    }
    await expect(heir.takeOver()).rejects.toThrow('crash')
    expect(await owner.commit(3)).toBe('sealed')
    const third = new FaultyStore(bucket)
    let faults = 2
    third.script = (verb, key) => (verb === 'putIfAbsent' && /\d$/.test(key) && faults-- > 0 ? 'landed' : undefined)
    const next = await new Owner(third, clock, 'c').takeOver()
    expect(itemsOf(next.recovered.shard)).toEqual([1, 2])
    expect(await next.commit(3)).toBe('committed')
  })

  test('the tail is not inferred from what is listed: a late PUT to a trimmed log changes nothing', async () => {
    const { owner, ownerStore, heir } = makeBucket()
    await owner.takeOver()
    let held = true
    ownerStore.script = (verb, key) => {
      if (verb !== 'putIfAbsent' || !key.endsWith('2') || !held) return
      held = false
      return 'late'
    }
    await commitAll(owner, 1, 5)
    expect(await owner.checkpoint()).toBe('written')
    await commitAll(owner, 6, 7)
    expect(await ownerStore.landLate()).toEqual(['ok'])
    await heir.takeOver()
    expect(itemsOf(heir.recovered.shard)).toEqual(range(1, 7))
    expect(heir.recovered.inherited).toMatchObject([{ log: 'a', sealedAt: 8 }])
  })

  test('a window that is missing below the seal is an error, and not the end of the log', async () => {
    const { bucket, clock, owner } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 4)
    await bucket.delete([entryKey(uuid, 'a', 2)])
    const read = async () => {
      for await (const window of new LogReader(bucket, clock, uuid).windows('a', 1, 5)) void window
    }
    await expect(read()).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining('000000000002'),
    })
  })

  test('time goes on from the last window that was recovered', async () => {
    const { owner, heir } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 3)
    await heir.takeOver()
    expect(heir.recovered.clockMs).toBe(3)
    expect(heir.recovered.created).toBe(false)
    expect(owner.recovered.created).toBe(true)
  })
})

describe('rule 18: the owner checkpoints and trims while it is being taken over', () => {
  /** The owner checkpoints just before request number `at` of the heir. */
  const interfere = async (bucket: Bucket, at: number, checkpointed: boolean): Promise<number> => {
    const { owner, heir, heirStore } = bucket
    await owner.takeOver()
    await commitAll(owner, 1, 3)
    if (checkpointed) expect(await owner.checkpoint()).toBe('written')
    await commitAll(owner, 4, 6)
    heirStore.script = async () => {
      if (heirStore.requests.length !== at) return
      await owner.checkpoint()
    }
    await heir.takeOver()
    expect(itemsOf(heir.recovered.shard)).toEqual(range(1, 6))
    expect(await owner.commit(7)).toBe('sealed')
    expect(await owner.checkpoint()).toBe('superseded')
    expect(await heir.commit(7)).toBe('committed')
    return heirStore.requests.length
  }

  test.each([false, true])(
    'at any moment: the heir starts again and recovers all (checkpointed before: %s)',
    async (was) => {
      const requests = await interfere(makeBucket(), 0, was)
      for (let at = 1; at <= requests; at++) await interfere(makeBucket(), at, was)
    },
  )

  test('a part that is missing though nobody changed the manifest is an error', async () => {
    const { bucket, owner, heir } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 3)
    await owner.checkpoint()
    const { segments } = owner.root!
    await bucket.delete([segments[0]!.key])
    await expect(heir.takeOver()).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining(segments[0]!.key),
    })
  })
})

describe('several that take over', () => {
  test('rule 18: of two at once, exactly one ends up with the open log, and nothing is lost', async () => {
    const { bucket, clock, owner, manifest } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 3)
    const heirs = ['b', 'c'].map((log) => new Owner(new FaultyStore(bucket), clock, log))
    const ends = await Promise.allSettled(heirs.map((heir) => heir.takeOver()))
    const open = (await manifest()).logs.filter(({ sealedAt }) => sealedAt === undefined)
    expect(open).toHaveLength(1)
    const last = heirs.find(({ log }) => log === open[0]?.log)
    expect(ends[heirs.indexOf(last!)]?.status).toBe('fulfilled')
    expect(itemsOf(last!.recovered.shard)).toEqual([1, 2, 3])
    for (const heir of heirs) if (heir !== last && heir.recovered) expect(await heir.commit(4)).toBe('sealed')
    expect(await last!.commit(4)).toBe('committed')
  })

  test('rule 19: a chain of heirs that died keeps every log that is not published, in order', async () => {
    const { bucket, clock, owner } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 2)
    let item = 2
    for (const log of ['b', 'c', 'd']) {
      const heir = await new Owner(new FaultyStore(bucket), clock, log).takeOver()
      expect(itemsOf(heir.recovered.shard)).toEqual(range(1, item))
      await commitAll(heir, ++item, ++item)
    }
    const last = await new Owner(new FaultyStore(bucket), clock, 'e').takeOver()
    expect(itemsOf(last.recovered.shard)).toEqual(range(1, item))
    expect(last.recovered.inherited.map(({ log }) => log)).toEqual(['a', 'b', 'c', 'd'])
    expect(last.manifests.current.logs.map(({ drainer }) => drainer)).toEqual(['e', 'e', 'e', 'e', undefined])
  })

  test('two that create the application at once share it in turn', async () => {
    const { owner, heir, manifest } = makeBucket()
    await Promise.allSettled([owner.takeOver(), heir.takeOver()])
    expect((await manifest()).logs.filter(({ sealedAt }) => sealedAt === undefined)).toHaveLength(1)
  })
})

describe('an application that is not the one it was', () => {
  const changed = async (change: object, application?: string) => {
    const { bucket, owner, heir, manifest } = makeBucket()
    await owner.takeOver()
    await commitAll(owner, 1, 1)
    await bucket.put(manifestKey(uuid), encodeManifest({ ...(await manifest()), ...change }))
    await expect(heir.takeOver(application)).rejects.toMatchObject({ code: 'APPLICATION_CHANGED' })
    // The elder is not fenced by a start that fails.
    expect(await owner.commit(2)).toBe('committed')
  }
  test('maxParallelism changed: refused, and the elder lives', () => changed({ maxParallelism: 480 }))
  test('another name: refused, and the elder lives', () => changed({}, 'other'))
})
