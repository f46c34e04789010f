import { describe, expect, test } from 'vitest'
import { memoryLog } from '../../../runtime/connectors/memory/memory-log.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { Lifeline } from '../../../runtime/testing/lifeline.ts'
import { mortalLog } from '../../../runtime/testing/mortal-log.ts'
import { mortalStore } from '../../../runtime/testing/mortal-store.ts'
import { nextTurn } from '../../../runtime/testing/next-turn.ts'

const silent = async (promise: Promise<unknown>): Promise<boolean> => {
  let heard = false
  const hear = (): boolean => (heard = true)
  promise.then(hear, hear)
  await nextTurn()
  return !heard
}

describe('once a life is cut', () => {
  test('what it asks for does not happen, and nothing answers', async () => {
    const life = new Lifeline()
    const bucket = memoryStore(systemClock)
    const store = mortalStore(bucket, life)
    await store.put('a', Uint8Array.of(1))
    life.end()
    expect(await silent(store.put('b', Uint8Array.of(2)))).toBe(true)
    expect(await silent(store.delete(['a']))).toBe(true)
    expect(await silent(store.list('')[Symbol.asyncIterator]().next())).toBe(true)
    expect([(await bucket.get('a'))?.bytes, await bucket.get('b')]).toEqual([Uint8Array.of(1), undefined])
  })

  test('what it had asked for has happened, and nothing answers', async () => {
    const life = new Lifeline()
    const bucket = memoryStore(systemClock)
    const put = mortalStore(bucket, life).put('a', Uint8Array.of(1))
    life.end()
    expect(await silent(put)).toBe(true)
    expect(await bucket.get('a')).toBeDefined()
  })

  test('a transaction stays open, and an error is not heard either', async () => {
    const life = new Lifeline()
    const log = memoryLog(systemClock)
    await log.createTopic({ name: 't', partitions: 1, replicationFactor: undefined, compacted: false })
    const opened = await mortalLog(log.connect(), life).producer('p', 10_000)
    if (opened.kind !== 'ok') throw opened.cause
    opened.value.append('t', 0, { key: null, value: null, headers: [], timestampMs: 0 })
    await opened.value.flush()
    const failing = life.during(() => Promise.reject(new Error('late')))
    life.end()
    expect(await silent(opened.value.end('commit'))).toBe(true)
    expect(await silent(failing)).toBe(true)
    const fetched = await log.fetch('r', [{ topic: 't', partition: 0, offset: 0 }], {
      maxWaitMs: 0,
      maxBytes: 1_000,
      partitionMaxBytes: 1_000,
    })
    if (fetched.kind !== 'ok') throw fetched.cause
    expect(fetched.value[0]).toMatchObject({ lastStableOffset: 0, highWatermark: 1 })
  })

  test('its end is told once', () => {
    const life = new Lifeline()
    let told = 0
    life.onCut(() => told++)
    life.onCut(() => (told += 10))()
    life.end()
    life.end()
    expect(told).toBe(1)
  })
})
