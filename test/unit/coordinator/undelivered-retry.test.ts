import { expect, test } from 'vitest'
import { OpenWindow } from '../../../runtime/coordinator/open-window.ts'
import { retryUndelivered, type UndeliveredRetry } from '../../../runtime/coordinator/undelivered-retry.ts'
import type { RunningCoordinator } from '../../../runtime/coordinator/running.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { readOutbox } from '../../../runtime/log/outbox.ts'
import { Shard } from '../../../runtime/shard/shard.ts'
import { byKey } from './counter.ts'
import { makeRunning } from './disturbed.ts'
import { refusing } from './refusing-log.ts'
import { eventually } from './world.ts'

const makeRefusing = (real: TransactionalLog) => {
  const state = { refusing: true }
  return { kafka: refusing(real, state), state }
}
const undeliveredOf = (running: RunningCoordinator) => running.read(({ undelivered }) => [...undelivered.values()])

test('rule 17: undeliverable records that are retried are written once each, also for whoever comes next', async () => {
  const { world, outs } = await makeRunning({ routes: [byKey] })
  const { kafka, state } = makeRefusing(world.log.connect())
  const running = await world.start({ kafka })
  for (const text of ['a', 'b', 'c']) world.feed('bob', text)
  const first = await eventually(async () => {
    const kept = await undeliveredOf(running)
    return kept.length === 3 && kept
  })
  // Kept once more, in a later window: that a retry is refused loses nothing.
  await eventually(async () => (await running.retryUndelivered()) === 3)
  const again = await eventually(async () => {
    const kept = await undeliveredOf(running)
    return kept.length === 3 && kept
  })
  expect(Math.min(...again.map(({ place }) => place.window))).toBeGreaterThan(first[0]!.place.window)
  state.refusing = false
  expect(await running.retryUndelivered('elsewhere')).toBe(0)
  await eventually(async () => (await running.retryUndelivered('out')) === 3)
  await eventually(async () => (await outs()).length >= 3)
  running.drain()
  await running.ended
  const next = await world.start()
  world.feed('bob', 'd')
  await eventually(async () => (await outs()).includes('bob:d:4'))
  expect(await outs()).toEqual(['bob:a:1', 'bob:b:2', 'bob:c:3', 'bob:d:4'])
  expect(await undeliveredOf(next)).toEqual([])
  next.drain()
  await next.ended
})

const open = (published: boolean, windows: readonly number[]) => {
  const shard = new Shard()
  const window = new OpenWindow(shard)
  const headers = [['trace', Uint8Array.of(7)]] as const
  for (const number of windows) {
    const place = { log: 'l', window: number, index: 0 }
    shard.keepUndelivered({
      place,
      topic: 'out',
      reason: '',
      key: null,
      value: Uint8Array.of(number),
      headers,
      timestampMs: 5,
    })
  }
  window.close(1, 0)
  const stages = { shard, window, checkpoints: { isPublished: () => published } }
  const retried: number[] = []
  const left: UndeliveredRetry[] = []
  const begin: UndeliveredRetry = {
    topic: undefined,
    left: undefined,
    retried: 0,
    done: (count) => void retried.push(count),
  }
  const go = (retry = begin) => retryUndelivered(retry, stages, 1, (rest) => left.push(rest))
  const close = () => {
    const { outbox, afterCommit } = window.close(2, 0)
    for (const action of afterCommit) action()
    return [...readOutbox(outbox)]
  }
  return { shard, window, retried, left, go, close }
}

test('rule 17: a record whose own window may be published anew stays kept', () => {
  const { shard, window, retried, go } = open(false, [1])
  go()
  expect([retried, shard.undelivered.size, window.empty]).toEqual([[0], 1, true])
})

test('a record goes out again as it was, headers and time too', () => {
  const { go, close } = open(true, [9])
  go()
  const record = { key: null, value: Uint8Array.of(9), headers: [['trace', Uint8Array.of(7)]], timestampMs: 5 }
  expect(close()).toEqual([{ topic: 'out', record }])
})

test('more than a window takes goes on after its commit, and is done when all is committed', () => {
  const { shard, retried, left, go, close } = open(true, [1, 2, 3])
  go()
  const windows: number[] = []
  for (let tries = 0; tries < 5 && retried.length === 0; tries++) {
    windows.push(close().length)
    const rest = left.pop()
    if (rest) go(rest)
  }
  expect([windows, retried, shard.undelivered.size]).toEqual([[1, 1, 1], [3], 0])
})
