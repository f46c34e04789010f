import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { slotOf } from '../../../runtime/model/key-group.ts'
import { Journal } from '../../../runtime/shard/journal.ts'
import { replay } from '../../../runtime/shard/replay.ts'
import { Shard } from '../../../runtime/shard/shard.ts'
import { type Section, Snapshot, type SnapshotBounds } from '../../../runtime/shard/snapshot.ts'
import { close, liveShard, performAll } from './live-shard.ts'
import { command, idsOf, perform, survives } from './model.ts'

const spread = { maxParallelism: 960, slots: 3 }
const commands = fc.array(command, { maxLength: 12 })
/** So that actors are put to rest whenever they may be. */
const tiny: Partial<SnapshotBounds> = {
  sectionBytes: 60,
  pauseBytes: 30,
  pauseActors: 2,
  awakeMin: 0,
  idleSnapshots: 1,
}

const setTo = (shard: Shard, id: string, ...value: number[]): void =>
  shard.mutate(shard.actor(shard.tables[0]!, id), [{ op: 'set', state: 0, value: Uint8Array.from(value) }])
const clear = (shard: Shard, id: string): void =>
  shard.mutate(shard.actor(shard.tables[0]!, id), [{ op: 'clear', state: 0 }])

/** In a checkpoint requests stand by slot, so that their order is that of their expiry. */
const all = (shard: Shard) => {
  const { requests, ...rest } = survives(shard)
  return { ...rest, requests: requests.toSorted((a, b) => (a.scope < b.scope ? -1 : 1)) }
}

/** What a chain of checkpoints has stored: by slot its sections, those written whole in place of all before. */
class Chain {
  private head: Uint8Array = new Uint8Array(0)
  private slots = new Map<number, Uint8Array[]>()

  add(snapshot: Snapshot, sections: readonly Section[]): void {
    this.head = snapshot.head
    for (const slot of snapshot.full) this.slots.delete(slot)
    for (const { slot, journal } of sections) this.slots.set(slot, [...(this.slots.get(slot) ?? []), journal])
  }

  recovered(tail: readonly Uint8Array[] = []): Shard {
    const shard = new Shard(spread)
    replay(this.head, shard)
    for (const [slot, journals] of this.slots) for (const journal of journals) replay(journal, shard, slot)
    shard.loaded()
    for (const journal of tail) replay(journal, shard)
    return shard
  }

  get bytes(): number {
    return [...this.slots.values()].flat().reduce((sum, { length }) => sum + length, 0)
  }
}

/** Up to so many steps, or to the end. */
const stepsOf = (snapshot: Snapshot, count = Infinity): { sections: Section[]; ended: boolean } => {
  const sections: Section[] = []
  for (let i = 0; i < count; i++) {
    const next = snapshot.next()
    if (!next) return { sections, ended: true }
    if (next !== 'pause') sections.push({ ...next, journal: next.journal.slice() })
  }
  return { sections, ended: false }
}
const whole = (shard: Shard, rewrite: readonly number[] = [], clockMs = 0): [Snapshot, Section[]] => {
  const snapshot = new Snapshot(shard, rewrite, clockMs)
  return [snapshot, stepsOf(snapshot).sections]
}

const round = fc.record({
  before: commands,
  rewrite: fc.uniqueArray(fc.nat({ max: 2 }), { maxLength: 3 }),
  clockMs: fc.constantFrom(0, 2),
  during: fc.array(fc.record({ commands, steps: fc.nat({ max: 3 }) }), { maxLength: 4 }),
  abandoned: fc.boolean(),
})
type Round = typeof round extends fc.Arbitrary<infer T> ? T : never

/** A checkpoint while commands go on. Answers the windows since it began. */
const checkpoint = (live: Shard, chain: Chain, { rewrite, clockMs, during, abandoned }: Round): Uint8Array[] => {
  const snapshot = new Snapshot(live, rewrite, clockMs, tiny)
  const sections: Section[] = []
  const tail: Uint8Array[] = []
  let ended = false
  for (const { commands: some, steps } of during) {
    if (!ended) {
      const part = stepsOf(snapshot, steps)
      sections.push(...part.sections)
      ended = part.ended
    }
    performAll(live, some)
    tail.push(close(live))
  }
  if (abandoned) {
    snapshot.abandon()
    return tail
  }
  if (!ended) sections.push(...stepsOf(snapshot).sections)
  tail.push(close(live))
  chain.add(snapshot, sections)
  return tail
}

describe('checkpoints that build on one another', () => {
  test('recovered with the windows after them they make what lives, whatever changed while they were written', () => {
    fc.assert(
      fc.property(fc.array(round, { minLength: 1, maxLength: 6 }), (rounds) => {
        const live = liveShard(spread)
        const chain = new Chain()
        let tail: Uint8Array[] = []
        for (const each of rounds) {
          performAll(live, each.before)
          tail.push(close(live))
          const since = checkpoint(live, chain, each)
          tail = each.abandoned ? [...tail, ...since] : since
          expect(live.snapshot).toBeUndefined()
          expect(all(chain.recovered(tail))).toEqual(all(live))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('each is of the moment when it began', () => {
    fc.assert(
      fc.property(fc.array(round, { minLength: 1, maxLength: 4 }), (rounds) => {
        const live = liveShard(spread)
        const chain = new Chain()
        for (const each of rounds) {
          performAll(live, each.before)
          close(live)
          const began = all(live)
          checkpoint(live, chain, { ...each, clockMs: 0, abandoned: false })
          expect(all(chain.recovered())).toEqual(began)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('an heir of one goes on with it: its first checkpoint adds to it', () => {
    fc.assert(
      fc.property(round, commands, round, (first, between, second) => {
        const live = liveShard(spread)
        const chain = new Chain()
        performAll(live, first.before)
        close(live)
        const tail = checkpoint(live, chain, { ...first, abandoned: false })
        const heir = chain.recovered(tail)
        heir.journal = new Journal(16)
        performAll(heir, between)
        close(heir)
        const after = checkpoint(heir, chain, { ...second, abandoned: false })
        expect(all(chain.recovered(after))).toEqual(all(heir))
      }),
      { numRuns: 300 },
    )
  })

  test('a delta holds what changed, and nothing else', () => {
    const live = liveShard(spread)
    const chain = new Chain()
    for (let i = 0; i < 100; i++) setTo(live, `id${i}`, 1, 2, 3)
    close(live)
    chain.add(...whole(live))
    setTo(live, 'id7', 4)
    close(live)
    const [, sections] = whole(live)
    expect(sections.map(({ slot }) => slot)).toEqual([slotOf('id7', spread)])
    expect(sections[0]!.journal.length).toBeLessThan(20)
    expect(whole(live)[1]).toEqual([])
  })

  test('what is gone is said once, and not at all where no checkpoint has known it', () => {
    const live = liveShard(spread)
    const chain = new Chain()
    setTo(live, 'old', 1)
    close(live)
    chain.add(...whole(live))
    clear(live, 'old')
    setTo(live, 'short', 1)
    clear(live, 'short')
    close(live)
    const [snapshot, sections] = whole(live)
    expect(sections).toHaveLength(1)
    chain.add(snapshot, sections)
    expect(chain.recovered().tables[0]!.size).toBe(0)
    expect(live.tables[0]!.gone.size).toBe(0)
    expect(whole(live)[1]).toEqual([])
  })

  test('one that comes back while the checkpoint is written is not gone', () => {
    for (const steps of [0, 1, 2, 3]) {
      const live = liveShard(spread)
      const chain = new Chain()
      setTo(live, 'a', 1)
      close(live)
      chain.add(...whole(live))
      clear(live, 'a')
      close(live)
      const snapshot = new Snapshot(live, [], 0, tiny)
      const { sections } = stepsOf(snapshot, steps)
      setTo(live, 'a', 2)
      const tail = [close(live)]
      chain.add(snapshot, [...sections, ...stepsOf(snapshot).sections])
      expect(all(chain.recovered(tail))).toEqual(all(live))
      setTo(live, 'a', 3)
      close(live)
      chain.add(...whole(live))
      expect(all(chain.recovered())).toEqual(all(live))
    }
  })

  test('a slot that is written whole replaces its deltas', () => {
    const live = liveShard(spread)
    const chain = new Chain()
    const sizes: number[] = []
    for (let i = 0; i < 10; i++) {
      for (const id of ['a', 'b', 'c', 'd']) setTo(live, id, i)
      close(live)
      chain.add(...whole(live, i === 9 ? [0, 1, 2] : []))
      sizes.push(chain.bytes)
    }
    expect(sizes[8]).toBe(9 * sizes[0]!)
    expect(sizes[9]).toBe(sizes[0])
    expect(all(chain.recovered())).toEqual(all(live))
  })

  test('after one that was given up, its slots are written whole, and no others', () => {
    const live = liveShard(spread)
    const chain = new Chain()
    for (let i = 0; i < 30; i++) setTo(live, `id${i}`, 1)
    close(live)
    chain.add(...whole(live))
    setTo(live, 'id7', 2)
    close(live)
    new Snapshot(live, [], 0).abandon()
    const [snapshot, sections] = whole(live)
    expect([...snapshot.full]).toEqual([slotOf('id7', spread)])
    chain.add(snapshot, sections)
    expect(all(chain.recovered())).toEqual(all(live))
  })

  test('sections have the size that was asked for, or little more, and steps are short', () => {
    const live = liveShard(spread)
    for (let i = 0; i < 2_000; i++) live.mutate(live.actor(live.tables[0]!, `id${i}`), [set100])
    close(live)
    const bounds = { sectionBytes: 10_000, pauseBytes: 1_000, pauseActors: 10_000 }
    const snapshot = new Snapshot(live, [], 0, bounds)
    let pauses = 0
    const sections: Section[] = []
    for (let next = snapshot.next(); next; next = snapshot.next())
      if (next === 'pause') pauses++
      else sections.push({ ...next, journal: next.journal.slice() })
    expect(sections.length).toBeGreaterThan(20)
    for (const { journal } of sections) expect(journal.length).toBeLessThan(10_200)
    expect(pauses).toBeGreaterThan(150)
  })
})

const set100 = { op: 'set', state: 0, value: new Uint8Array(100) } as const

describe('a checkpoint unsets states whose time is over', () => {
  const expiring = (shard: Shard, id: string, atMs: number): void => {
    setTo(shard, id, 1)
    shard.expireAt(shard.actor(shard.tables[0]!, id), 0, atMs)
  }

  test('in the journal of the open window, and leaves them out', () => {
    for (const rewrite of [[], [0, 1, 2]]) {
      const live = liveShard(spread)
      const chain = new Chain()
      for (const [id, atMs] of [
        ['over', 10],
        ['lasting', 11],
      ] as const)
        expiring(live, id, atMs)
      close(live)
      chain.add(...whole(live, rewrite, 10))
      expect(idsOf(live)).toEqual(['lasting'])
      expect(idsOf(chain.recovered())).toEqual(['lasting'])
      const tail = [close(live)]
      expect(tail[0]!.length).toBeGreaterThan(0)
      expect(all(chain.recovered(tail))).toEqual(all(live))
    }
  })

  test('also of addresses that have not changed, when their slot is written whole', () => {
    const live = liveShard(spread)
    const chain = new Chain()
    expiring(live, 'over', 10)
    close(live)
    chain.add(...whole(live, [], 0))
    chain.add(...whole(live, [], 10))
    expect(live.tables[0]!.size).toBe(1)
    chain.add(...whole(live, [0, 1, 2], 10))
    expect(live.tables[0]!.size).toBe(0)
    const tail = [close(live)]
    expect(all(chain.recovered(tail))).toEqual(all(live))
  })

  test('not while messages are there: an answer under way relates to the state that was sent', () => {
    const live = liveShard(spread)
    const chain = new Chain()
    expiring(live, 'busy', 10)
    perform(live, { do: 'enqueue', at: 0, name: 'm', payload: undefined, origin: { messageId: 'x' } })
    const busy = live.actor(live.tables[0]!, 'id0')
    expiring(live, 'id0', 10)
    close(live)
    chain.add(...whole(live, [], 10))
    expect(busy.cells(0)).toBeDefined()
    expect(all(chain.recovered([close(live)]))).toEqual(all(live))
  })
})
