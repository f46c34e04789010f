import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Actor } from '../../../runtime/shard/actor.ts'
import { Shard } from '../../../runtime/shard/shard.ts'
import type { DelayedMessage } from '../../../runtime/shard/actor.ts'
import { declare } from './model.ts'

const makeShard = () => {
  const shard = new Shard()
  declare(shard)
  const delay = (sender: string, dueMs: number, token?: string): DelayedMessage => {
    const actor: Actor = shard.actor(shard.tables[0]!, sender)
    const timer = shard.nextTimer()
    const delayed = {
      timer,
      sender: actor,
      dueMs,
      token,
      typename: 't/a',
      id: 'x',
      message: 'm',
      payload: undefined,
      origin: {},
    }
    shard.delay(delayed)
    return delayed
  }
  return { shard, delay }
}

describe('delayed messages', () => {
  test('come in the order of (due, insertion), cancelled ones left out', () => {
    const step = fc.record({ dueMs: fc.nat({ max: 9 }), cancel: fc.option(fc.nat(), { nil: undefined }) })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { shard, delay } = makeShard()
        const set: DelayedMessage[] = []
        for (const { dueMs, cancel } of steps) {
          set.push(delay('s', dueMs))
          if (cancel === undefined) continue
          const [gone] = set.splice(cancel % set.length, 1)
          if (gone) shard.undelay(gone.timer)
        }
        const fired: number[] = []
        for (let nowMs = 0; nowMs <= 9; nowMs++)
          for (let due = shard.timers.due(nowMs); due; due = shard.timers.due(nowMs)) {
            expect(due.dueMs).toBe(nowMs)
            fired.push(due.timer)
            shard.undelay(due.timer)
          }
        const expected = set.toSorted((a, b) => a.dueMs - b.dueMs || a.timer - b.timer)
        expect(fired).toEqual(expected.map(({ timer }) => timer))
        expect(shard.timers.size).toBe(0)
        expect(shard.timers.nextDueMs()).toBeUndefined()
        expect(shard.find(shard.tables[0]!, 's')).toBeUndefined()
      }),
    )
  })

  test('a token belongs to its sender, and to the last message that has it', () => {
    const { shard, delay } = makeShard()
    const one = delay('one', 5, 'token')
    const two = delay('two', 5, 'token')
    expect(shard.timers.withToken(one.sender, 'token')).toBe(one)
    expect(shard.timers.withToken(two.sender, 'token')).toBe(two)
    shard.undelay(one.timer)
    expect(shard.timers.withToken(one.sender, 'token')).toBeUndefined()
    expect(shard.timers.withToken(two.sender, 'token')).toBe(two)
  })
})
