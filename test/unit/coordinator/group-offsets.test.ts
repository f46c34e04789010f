import { describe, expect, test } from 'vitest'
import { GroupOffsets, groupOffsetsMs } from '../../../runtime/coordinator/group-offsets.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import type { FetchPosition, LogOutcome } from '../../../runtime/ports/transactional-log.ts'
import { Positions } from '../../../runtime/shard/positions.ts'
import { byKey } from './counter.ts'
import { makeRunning } from './disturbed.ts'
import { eventually } from './world.ts'

const ok: LogOutcome<void> = { kind: 'ok', value: undefined }

const make = (answer: () => Promise<LogOutcome<void>> = async () => ok) => {
  const positions = new Positions()
  const commits: [string, readonly FetchPosition[]][] = []
  const debug: string[] = []
  const kafka = {
    commitGroupOffsets: (group: string, given: readonly FetchPosition[]) => {
      commits.push([group, given])
      return answer()
    },
  }
  const offsets = new GroupOffsets(kafka, 'bank', positions, { debug: (event) => void debug.push(event) })
  const at = (partition: number, offset: number, ingress = 'in') =>
    positions.set({ source: { ingress, topic: 't', partition }, offset, fingerprint: undefined })
  return { offsets, commits, debug, at }
}

describe('a consumer group for lag tools', () => {
  test('is told positions when they have changed, and is asked nothing', async () => {
    const { offsets, commits, at } = make()
    await offsets.tell()
    expect(commits).toEqual([])
    at(0, 5)
    at(1, 7)
    await offsets.tell()
    await offsets.tell()
    expect(commits).toEqual([
      [
        'bank',
        [
          { topic: 't', partition: 0, offset: 5 },
          { topic: 't', partition: 1, offset: 7 },
        ],
      ],
    ])
    at(1, 8)
    await offsets.tell()
    expect(commits[1]?.[1]).toContainEqual({ topic: 't', partition: 1, offset: 8 })
  })

  test('is as far as the slower of two ingresses that read the same topic', async () => {
    const { offsets, commits, at } = make()
    at(0, 9, 'fast')
    at(0, 4, 'slow')
    at(0, 6, 'middle')
    await offsets.tell()
    expect(commits[0]?.[1]).toEqual([{ topic: 't', partition: 0, offset: 4 }])
  })

  test.each([
    ['refuses', async (): Promise<LogOutcome<void>> => ({ kind: 'fatal', cause: new Error('no right') })],
    ['throws', () => Promise.reject(new Error('closed'))],
  ])('that %s is a line of the debug log, and is told again', async (_, answer) => {
    let broken = true
    const { offsets, commits, debug, at } = make(() => (broken ? answer() : Promise.resolve(ok)))
    at(0, 1)
    await offsets.tell()
    expect(debug).toEqual(['group-offsets-failed'])
    broken = false
    await offsets.tell()
    await offsets.tell()
    expect([commits.length, debug.length]).toEqual([2, 1])
  })

  test('at the end is told what changed during a request that was under way', async () => {
    let answer = (): void => undefined
    const { offsets, commits, at } = make(() => new Promise((resolve) => (answer = () => resolve(ok))))
    at(0, 1)
    void offsets.tell()
    at(0, 2)
    const last = offsets.tellLast()
    answer()
    await eventually(() => commits.length === 2)
    answer()
    await last
    expect(commits.map(([, [first]]) => first?.offset)).toEqual([1, 2])
  })

  test('is told of a running coordinator’s positions as time passes, and by a drain', async () => {
    const { world, outs } = await makeRunning({ routes: [byKey] })
    const told = () => [0, 1, 2, 3].reduce((sum, p) => sum + (world.log.groupOffset('test', 'in', p) ?? 0), 0)
    world.feed('bob', 'a')
    const quick = {
      ...systemClock,
      after: (ms: number, action: () => void) => systemClock.after(ms === groupOffsetsMs ? 5 : ms, action),
    }
    const first = await world.start({ clock: quick })
    await eventually(() => told() === 1)
    first.drain()
    await first.ended
    const second = await world.start()
    world.feed('bob', 'b')
    await eventually(async () => (await outs()).length === 2)
    expect(told()).toBe(1)
    second.drain()
    await second.ended
    expect(told()).toBe(2)
  })

  test('that does not answer holds a drain up for a moment only', async () => {
    const { world } = await makeRunning({ routes: [byKey] })
    const kafka = new Proxy(world.log.connect(), {
      get: (target, name) =>
        name === 'commitGroupOffsets' ? () => new Promise(() => undefined) : Reflect.get(target, name).bind(target),
    })
    const running = await world.start({ kafka })
    const startedMs = performance.now()
    running.drain()
    expect(await running.ended).toBe('drained')
    expect(performance.now() - startedMs).toBeLessThan(3_000)
  })
})
