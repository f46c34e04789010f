import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Journal } from '../../../runtime/shard/journal.ts'
import { replay } from '../../../runtime/shard/replay.ts'
import { Shard } from '../../../runtime/shard/shard.ts'
import { Snapshot, type Section } from '../../../runtime/shard/snapshot.ts'
import { close, liveShard, performAll } from './live-shard.ts'
import { command, counted, idsOf, survives } from './model.ts'

const spread = { maxParallelism: 960, slots: 3 }
const commands = fc.array(command, { maxLength: 15 })

const newShard = (): Shard => liveShard(spread)
interface Stored {
  readonly head: Uint8Array
  readonly sections: readonly Section[]
}
const sectionsOf = (snapshot: Snapshot): readonly Section[] => {
  const sections = []
  for (let next = snapshot.next(); next; next = snapshot.next())
    if (next !== 'pause') sections.push({ ...next, journal: next.journal.slice() })
  return sections
}
/** Everything, as a checkpoint holds it. */
const stored = (shard: Shard, bounds = {}): Stored => {
  const snapshot = new Snapshot(shard, [0, 1, 2], 0, { idleSnapshots: 1, ...bounds })
  return { head: snapshot.head, sections: sectionsOf(snapshot) }
}
/** The same state, with actors at rest or with all of them as objects. */
const loaded = ({ head, sections }: Stored, atRest: boolean): Shard => {
  const shard = new Shard(spread)
  replay(head, shard)
  for (const { slot, journal } of sections) replay(journal, shard, atRest ? slot : -1)
  shard.loaded()
  shard.journal = new Journal(16)
  return shard
}
const restingOf = (shard: Shard): number => shard.tables.reduce((sum, { resting }) => sum + resting, 0)
const setTo = (shard: Shard, id: string, ...value: number[]): void =>
  shard.mutate(shard.actor(shard.tables[0]!, id), [{ op: 'set', state: 0, value: Uint8Array.from(value) }])

/** All that can be asked of a shard without changing it. */
const answers = (shard: Shard, ids: readonly string[]) => {
  const table = shard.tables[0]!
  return {
    state: survives(shard),
    size: table.size,
    ids: idsOf(shard).toSorted(),
    held: [0, 1, 2, 3].map((ordinal) =>
      [0, 1, 2, 3].map((nowMs) => {
        const id = shard.idWith(table, ordinal, nowMs)
        // Which of several is answered is open.
        return id === undefined ? undefined : [...shard.actorsOf(table)].some((actor) => actor.id === id)
      }),
    ),
    found: ids.map((id) => {
      const actor = shard.find(table, id)
      return actor && { cells: [0, 1, 2].map((ordinal) => actor.cells(ordinal)), bytes: actor.stateBytes }
    }),
  }
}
const ids = ['id0', 'id1', 'id2', 'id3', 'nobody', 'ä', '\ud800', '\ufffd', 'x'.repeat(300)]

describe('actors at rest', () => {
  test('give the answers that objects give, and go on as those do, byte for byte', () => {
    fc.assert(
      fc.property(commands, commands, fc.boolean(), (before, after, isAsked) => {
        const live = newShard()
        for (const id of ids.slice(5)) setTo(live, id, id.length)
        performAll(live, before)
        close(live)
        const state = stored(live)
        const resting = loaded(state, true)
        const awake = loaded(state, false)
        expect(restingOf(awake)).toBe(0)
        const plain = [...awake.actorsOf(awake.tables[0]!)].filter(
          ({ lane, timers, stop }) => !lane && !timers && !stop,
        )
        expect(restingOf(resting)).toBe(plain.length)
        if (isAsked) expect(answers(resting, ids)).toEqual(answers(awake, ids))
        performAll(resting, after)
        performAll(awake, after)
        expect(close(resting)).toEqual(close(awake))
        expect(answers(resting, ids)).toEqual(answers(awake, ids))
        expect(survives(resting)).toMatchObject(counted(resting))
      }),
      { numRuns: 400 },
    )
  })

  test('come back from rest as they went, again and again', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 6 }), (rounds) => {
        const some = newShard()
        const none = newShard()
        for (const round of rounds) {
          for (const [shard, awakeMin] of [
            [some, 0],
            [none, Infinity],
          ] as const) {
            performAll(shard, round)
            close(shard)
            stored(shard, { awakeMin })
          }
          expect(survives(some)).toEqual(survives(none))
        }
        expect(restingOf(none)).toBe(0)
        expect(answers(some, ids)).toEqual(answers(none, ids))
      }),
      { numRuns: 300 },
    )
  })

  test('are those without a change since the checkpoint before the last, when there are more than may be awake', () => {
    const shard = newShard()
    const checkpoint = (awakeMin: number): void => {
      close(shard)
      stored(shard, { awakeMin })
    }
    for (const id of ['a', 'b', 'c']) setTo(shard, id, 1)
    checkpoint(0)
    expect(restingOf(shard)).toBe(0)
    setTo(shard, 'a', 2)
    checkpoint(3)
    expect(restingOf(shard)).toBe(0)
    setTo(shard, 'b', 2)
    checkpoint(2)
    expect([...shard.tables[0]!.actors.values()].map(({ id }) => id)).toEqual(['b'])
    expect(shard.tables[0]!.size).toBe(3)
    expect(shard.find(shard.tables[0]!, 'a')!.cells(0)).toEqual({ kind: 'value', value: Uint8Array.of(2) })
    expect([...shard.tables[0]!.actors.values()].map(({ id }) => id)).toEqual(['b', 'a'])
  })

  test('are those without a change for as many checkpoints as are asked for', () => {
    const shard = newShard()
    const restingAfter = (checkpoints: number): number => {
      setTo(shard, 'a', 1)
      for (let i = 0; i < checkpoints; i++) {
        close(shard)
        stored(shard, { awakeMin: 0, idleSnapshots: 3 })
      }
      return restingOf(shard)
    }
    expect([1, 3, 4].map(restingAfter)).toEqual([0, 0, 1])
  })

  test('are not those with much state, which takes long to read', () => {
    const shard = newShard()
    setTo(shard, 'small', 1)
    setTo(shard, 'large', ...new Array<number>(70_000).fill(1))
    for (let i = 0; i < 2; i++) {
      close(shard)
      stored(shard, { awakeMin: 0 })
    }
    expect([...shard.tables[0]!.actors.values()].map(({ id }) => id)).toEqual(['large'])
  })

  test('lose states whose time is over when their slot is written whole, each at its time', () => {
    const before = newShard()
    setTo(before, 'over', 1)
    before.expireAt(before.actor(before.tables[0]!, 'over'), 0, 10)
    setTo(before, 'half', 1)
    const half = before.actor(before.tables[0]!, 'half')
    before.mutate(half, [{ op: 'append', state: 1, value: Uint8Array.of(1) }])
    before.expireAt(half, 0, 10)
    before.expireAt(half, 1, 20)
    setTo(before, 'lasting', 1)
    close(before)
    const shard = loaded(stored(before), true)
    expect(restingOf(shard)).toBe(3)
    const snapshot = new Snapshot(shard, [0, 1, 2], 10)
    const sections = sectionsOf(snapshot)
    const recovered = loaded({ head: snapshot.head, sections }, true)
    expect(idsOf(shard).toSorted()).toEqual(['half', 'lasting'])
    expect(idsOf(recovered).toSorted()).toEqual(['half', 'lasting'])
    replay(close(shard), recovered)
    expect(survives(recovered)).toEqual(survives(shard))
    expect([0, 1].map((ordinal) => recovered.find(recovered.tables[0]!, 'half')!.cells(ordinal)?.kind)).toEqual([
      undefined,
      'list',
    ])
  })

  test('that come to an end are said to be gone by the next checkpoint', () => {
    const before = newShard()
    setTo(before, 'a', 1)
    setTo(before, 'b', 1)
    close(before)
    const state = stored(before)
    const shard = loaded(state, true)
    shard.mutate(shard.actor(shard.tables[0]!, 'a'), [{ op: 'clear', state: 0 }])
    close(shard)
    const snapshot = new Snapshot(shard, [], 0)
    const sections = [...state.sections, ...sectionsOf(snapshot)]
    expect(idsOf(loaded({ head: snapshot.head, sections }, true))).toEqual(['b'])
  })

  test('one of them that is asked for while a checkpoint writes its slot whole is in it', () => {
    const bounds = { sectionBytes: 1 << 20, pauseBytes: 1, pauseActors: 1, awakeMin: 0 }
    const before = newShard()
    for (let i = 0; i < 40; i++) setTo(before, `id${i}`, i)
    close(before)
    const state = stored(before)
    for (let steps = 0; steps < 60; steps++) {
      const shard = loaded(state, true)
      const snapshot = new Snapshot(shard, [0, 1, 2], 0, bounds)
      const sections = []
      let step = 0
      for (let next = snapshot.next(); next; next = snapshot.next()) {
        if (next !== 'pause') sections.push({ ...next, journal: next.journal.slice() })
        if (step++ === steps) for (let i = 0; i < 40; i += 3) shard.find(shard.tables[0]!, `id${i}`)
      }
      expect(survives(loaded({ head: snapshot.head, sections }, true))).toEqual(survives(before))
      expect(survives(shard)).toEqual(survives(before))
    }
  })
})
