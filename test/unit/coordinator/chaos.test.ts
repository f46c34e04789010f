import { expect, test } from 'vitest'
import type { RunningCoordinator } from '../../../runtime/coordinator/running.ts'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import { ambiguous, FaultyLog, fencedOutcome, type LogFault } from '../log/faulty-log.ts'
import { FaultyStore, type Fault } from '../log/faulty-store.ts'
import { byKey, callOf, counterHandlers, emitted, forever } from './counter.ts'
import { eventually, makeWorld } from './world.ts'

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Life {
  dead: boolean
  /** Until it wakes again. */
  asleep: Promise<unknown> | undefined
}
type Pick = <T>(odds: number, ...of: readonly T[]) => T | undefined

/** Loses requests and answers, and all of them while their coordinator is dead. */
const disturb = (store: FaultyStore, kafka: FaultyLog, life: Life, pick: Pick): void => {
  store.script = async (verb) => {
    if (life.asleep) await life.asleep
    if (life.dead) return forever
    if (verb === 'get' || verb === 'delete' || verb === 'list') return undefined
    return pick<Fault>(0.15, 'lost', 'landed', 'late')
  }
  kafka.script = async (verb) => {
    if (life.asleep) await life.asleep
    if (life.dead) return forever
    if (verb === 'fetch') return undefined
    return pick<LogFault>(0.1, 'landed', ambiguous, fencedOutcome)
  }
}

/** Every record and call has counted once, those of one key in their order. */
const judge = (all: readonly string[], count: number): void => {
  expect(new Set(all.map((text) => text.split(':').slice(0, 2).join(':'))).size).toBe(count)
  expect(all).toHaveLength(count)
  for (const id of ['k0', 'k1', 'k2', 'caller']) {
    const own = all.filter((text) => text.startsWith(`${id}:`))
    expect(own.map((text) => Number(text.split(':')[2]))).toEqual(own.map((_, i) => i + 1))
    if (id === 'caller') continue
    const texts = own.map((text) => Number(text.split(':')[1]))
    expect(texts).toEqual(texts.toSorted((a, b) => a - b))
  }
}

/**
 * Coordinators follow one another, some of them dead, some asleep, while stores and logs lose requests and answers. In the
 * end every record and every keyed call has counted exactly once, in order, and nothing was published twice or lost.
 */
const run = async (seed: number): Promise<void> => {
  const random = seededRandom(`chaos ${seed}`)
  const pick = <T>(odds: number, ...of: readonly T[]): T | undefined =>
    random.next() < odds ? of[Math.floor(random.next() * of.length)] : undefined
  const world = await makeWorld([counterHandlers], { routes: [byKey] })
  const stores: FaultyStore[] = []
  const zombies: (() => void)[] = []
  const ends: Promise<unknown>[] = []
  let fed = 0
  const calls: { key: string; text: string }[] = []
  const answered = new Map<string, unknown>()

  const disturbedStart = async (): Promise<{ running: RunningCoordinator; stop: () => void }> => {
    const store = new FaultyStore(world.store)
    const kafka = new FaultyLog(world.log.connect())
    const life: Life = { dead: false, asleep: undefined }
    disturb(store, kafka, life, pick)
    stores.push(store)
    const windowsMax = 2 + Math.floor(random.next() * 6)
    const running = await world.start({ store, kafka, settings: { checkpoint: { windowsMax, bytesMax: 1 << 30 } } })
    ends.push(running.ended.catch((error: unknown) => error))
    const stop = (): void => {
      if (random.next() < 0.5) {
        life.dead = true
        return
      }
      let wake: () => void = () => undefined
      life.asleep = new Promise((resolve) => (wake = () => resolve(undefined)))
      zombies.push(wake)
    }
    return { running, stop }
  }

  for (let lives = 0; lives < 6; lives++) {
    const { running, stop } = await disturbedStart()
    for (let step = 0; step < 6; step++) {
      for (let i = 0; i < 5; i++) world.feed(`k${fed % 3}`, `${fed++}`)
      const call = { key: `key${calls.length}`, text: `call${calls.length}` }
      calls.push(call)
      for (const { key, text } of calls.slice(-3)) {
        const asked = callOf(running, 'caller', text, key)
        void asked.answer.then((answer) => {
          if (answer.kind !== 'replied') return
          if (answered.has(key)) expect(answer).toEqual(answered.get(key))
          answered.set(key, answer)
        })
      }
      await pause(random.next() * 25)
      if (random.next() < 0.3) for (const store of stores) await store.landLate()
    }
    if (random.next() < 0.8) stop()
  }
  const last = await world.start()
  for (const wake of zombies) wake()
  for (const store of stores) await store.landLate()
  const replies = await Promise.all(calls.map(({ key, text }) => callOf(last, 'caller', text, key).answer))
  replies.forEach((reply, i) => {
    const before = answered.get(calls[i]!.key)
    if (before) expect(reply).toEqual(before)
  })
  const outs = async () => emitted(await world.committed('out'))
  await eventually(async () => (await outs()).length >= fed + calls.length)
  await pause(50)
  last.drain()
  expect(await last.ended).toBe('drained')
  judge(await outs(), fed + calls.length)
}

test.each([1, 2, 3, 4, 5, 6])('exactly once through crashes, sleep and lost answers, seed %i', run)
