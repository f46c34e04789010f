import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../../runtime/model/errors.ts'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { noHeaders } from '../../../runtime/model/record.ts'
import { markRecord } from '../../../runtime/log/publish-mark.ts'
import { ambiguous, fencedOutcome, type LogFault, type LogVerb } from './faulty-log.ts'
import { ListedWindows, makeLog, markers, windowWith } from './published.ts'

const three = [windowWith(1, 'a', 'b'), windowWith(2, 'c'), windowWith(3, 'd', 'e')]
const all = ['a', 'b', 'c', 'd', 'e']
/** The place in `verbs` of request number `n` of a kind. */
const nth = (verb: LogVerb, n: number) => (verbs: readonly LogVerb[]) =>
  verbs.at(-1) === verb && verbs.filter((each) => each === verb).length === n

describe('publishing the windows of a log', () => {
  test('rule 9: each window is published in order, in one transaction with its marker', async () => {
    const { publisher, out, log, published } = await makeLog()
    expect(await publisher(new ListedWindows(three)).run()).toBe('drained')
    expect(await out()).toEqual(all)
    expect(published.map(({ number }) => number)).toEqual([0, 1, 2, 3])
    // Each transaction ends with one control record in each partition that it wrote to.
    const ends = await log.offsets('out', [0], 'latest')
    expect(ends).toMatchObject({ value: new Map([[0, 5 + 3]]) })
  })

  test('rule 10: InitProducerId, then a fence, then the marker is read, then windows are sent', async () => {
    const { publisher, client } = await makeLog()
    await publisher(new ListedWindows(three.slice(0, 1))).run()
    expect(client.verbs).toEqual(['producer', 'flush', 'end', 'fetch', 'flush', 'end'])
  })

  test.each([
    ['the EndTxn of window 2 took effect, its answer is lost', 'end', 3, 'landed'],
    ['the EndTxn of window 2 got lost', 'end', 3, ambiguous],
    ['the answer to the records of window 2 is lost', 'flush', 3, 'landed'],
    ['the transaction of window 2 was timed out', 'end', 3, fencedOutcome],
    ['the answer to the fence is lost', 'end', 1, 'landed'],
  ] as const)('rule 10: goes on at marker + 1 after %s', async (_, verb, n, fault) => {
    const { publisher, client, out } = await makeLog()
    const here = nth(verb, n)
    client.script = () => (here(client.verbs) ? fault : undefined)
    expect(await publisher(new ListedWindows(three)).run()).toBe('drained')
    expect(await out()).toEqual(all)
  })

  test('rule 11: after any error nothing more is sent on the same producer', async () => {
    const { publisher, client, out } = await makeLog()
    const faults = new Map<number, LogFault>([
      [2, ambiguous],
      [5, 'landed'],
      [9, fencedOutcome],
    ])
    const asked: LogVerb[] = []
    client.script = (verb) => (verb === 'fetch' ? undefined : faults.get(asked.push(verb)))
    await publisher(new ListedWindows(three)).run()
    for (const at of faults.keys()) expect(asked[at]).toBe('producer')
    expect(await out()).toEqual(all)
  })

  test('rules 9-11: whatever happens to any requests, each record is published once and in order', async () => {
    const fault = fc.constantFrom(undefined, undefined, 'landed' as const, ambiguous, fencedOutcome)
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 30 }), fc.integer({ min: 1, max: 3 }), async (faults, atOnce) => {
        const { publisher, client, out } = await makeLog()
        client.script = (verb) => (verb === 'fetch' ? undefined : faults.shift())
        expect(await publisher(new ListedWindows(three, atOnce)).run()).toBe('drained')
        expect(await out()).toEqual(all)
      }),
    )
  })

  test('rule 10: an heir goes on where a crash between commit and publication, or after it, has left off', async () => {
    for (let crashAt = 1; crashAt <= 8; crashAt++) {
      const { publisher, client, out } = await makeLog()
      const dead = new Error('crash')
      client.script = () => {
        if (client.verbs.length < crashAt) return undefined
        throw dead
      }
      await publisher(new ListedWindows(three))
        .run()
        .catch((error: unknown) => expect(error).toBe(dead))
      client.script = () => undefined
      expect(await publisher(new ListedWindows(three)).run()).toBe('drained')
      expect(await out()).toEqual(all)
    }
  })

  test('rule 12: fenced and a seal in the own log ends it; fenced without one is another session', async () => {
    const { publisher, client, out } = await makeLog()
    client.script = () => (nth('end', 2)(client.verbs) ? fencedOutcome : undefined)
    const sealed = async () => true
    expect(await publisher(new ListedWindows(three), undefined, { sealed }).run()).toBe('sealed')
    expect(await publisher(new ListedWindows(three)).run()).toBe('drained')
    expect(await out()).toEqual(all)
  })

  test('rule 12: a bucket that does not answer is no seal', async () => {
    const { publisher, client, out } = await makeLog()
    client.script = () => (nth('end', 2)(client.verbs) ? fencedOutcome : undefined)
    const sealed = async () => {
      throw new MillraceError('STORE_UNAVAILABLE', 'no answer')
    }
    expect(await publisher(new ListedWindows(three), undefined, { sealed }).run()).toBe('drained')
    expect(await out()).toEqual(all)
  })

  test('a window that the bucket cannot give now is asked for again', async () => {
    const { publisher, out } = await makeLog()
    const source = new ListedWindows(three)
    const next = source.next.bind(source)
    let asked = 0
    source.next = async (after) => {
      if (asked++ === 1) throw new MillraceError('STORE_UNAVAILABLE', 'no answer')
      return next(after)
    }
    expect(await publisher(source).run()).toBe('drained')
    expect(await out()).toEqual(all)
  })

  test('stopped is not drained: windows are left', async () => {
    const { publisher, out } = await makeLog()
    const running = publisher(new ListedWindows(three), undefined, {
      published: ({ number }) => number === 1 && running.stop(),
    })
    expect(await running.run()).toBe('stopped')
    expect(await out()).toEqual(['a', 'b'])
  })
})

describe('reading the marker', () => {
  const other = async (log: Awaited<ReturnType<typeof makeLog>>['log'], id: string) => {
    const made = await log.producer(id, 10_000)
    if (made.kind !== 'ok') throw made.cause
    made.value.append(markers.topic, 0, markRecord('log', 77, 0))
    await made.value.flush()
    return made.value
  }

  test("rule 13: others' open transactions do not hide it: it is read through the fence record", async () => {
    const { publisher, log, out } = await makeLog()
    const open = await other(log, 'somebody')
    expect(await publisher(new ListedWindows(three)).run()).toBe('drained')
    const open2 = await other(log, 'somebody else')
    const again = publisher(new ListedWindows(three)).run()
    await new Promise((resolve) => setImmediate(resolve))
    await open.end('abort')
    await open2.end('abort')
    expect(await again).toBe('drained')
    expect(await out()).toEqual(all)
  })

  test('rule 15: marks of aborted transactions that overlap its own do not count', async () => {
    const { publisher, log, out } = await makeLog()
    const one = await other(log, 'one')
    await publisher(new ListedWindows(three.slice(0, 1)))
      .run()
      .catch(() => undefined)
    const two = await other(log, 'two')
    await one.end('abort')
    const three2 = await other(log, 'three')
    await two.end('abort')
    await three2.end('abort')
    expect(await publisher(new ListedWindows(three)).run()).toBe('drained')
    expect(await out()).toEqual(all)
  })

  test('rule 14: a marker beyond the last window means that the bucket went back in time', async () => {
    const { publisher } = await makeLog()
    await publisher(new ListedWindows(three)).run()
    const set = publisher(new ListedWindows(three.slice(0, 2))).run()
    await expect(set).rejects.toMatchObject({ code: 'WENT_BACK_IN_TIME' })
  })

  test('rules 12 and 14: beyond the last window known here a successor has published, where the log has a seal', async () => {
    const { publisher } = await makeLog()
    await publisher(new ListedWindows(three)).run()
    let looks = 0
    const sealed = async (): Promise<boolean> => {
      // The bucket does not answer the first look.
      if (++looks === 1) throw new MillraceError('STORE_UNAVAILABLE', 'out')
      return true
    }
    const beginning = { number: 0, offset: 0 }
    expect(await publisher(new ListedWindows(three.slice(0, 2)), beginning, { sealed }).run()).toBe('sealed')
    expect(looks).toBe(2)
  })

  test('rule 14: a marker before the hint means that Kafka went back in time', async () => {
    const { publisher, published } = await makeLog()
    await publisher(new ListedWindows(three.slice(0, 1))).run()
    const hint = { number: 2, offset: published.at(-1)?.offset ?? 0 }
    await expect(publisher(new ListedWindows(three), hint).run()).rejects.toMatchObject({ code: 'WENT_BACK_IN_TIME' })
  })

  test.each([
    ['ends before the hint', 2, 40],
    ['ends before where the log began', 0, 40],
    ['has the offset but not the marker', 2, 0],
  ])('rule 14: a marker topic that %s has gone back in time', async (_, number, offset) => {
    const { publisher, out } = await makeLog()
    const lost = publisher(new ListedWindows(three), { number, offset }).run()
    await expect(lost).rejects.toMatchObject({ code: 'WENT_BACK_IN_TIME' })
    expect(await out()).toEqual([])
  })
})

describe('a record that can never be written', () => {
  const large = 'x'.repeat(5_000)
  const windows = [windowWith(1, 'a', large, 'b'), windowWith(2, 'c')]

  test('rule 17: is kept, and the rest goes on', async () => {
    const { publisher, undelivered, out } = await makeLog({ recordBytesMax: 1_000 })
    expect(await publisher(new ListedWindows(windows, 2)).run()).toBe('drained')
    expect(undelivered).toEqual([{ log: 'log', window: 1, index: 1 }])
    expect(await out()).toEqual(['a', 'b', 'c'])
  })

  test('rule 17: the marker does not pass it before its keeping is committed', async () => {
    const { publisher, published, out } = await makeLog({ recordBytesMax: 1_000 })
    let commit: () => void = () => undefined
    const undeliverable = () => new Promise<void>((resolve) => (commit = resolve))
    const run = publisher(new ListedWindows(windows), undefined, { undeliverable }).run()
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(published.every(({ number }) => number === 0)).toBe(true)
    expect(await out()).toEqual([])
    commit()
    expect(await run).toBe('drained')
    expect(await out()).toEqual(['a', 'b', 'c'])
  })

  test('rule 17: an heir that knows it as kept neither sends it nor keeps it again', async () => {
    const { publisher, undelivered, out } = await makeLog()
    const heir = publisher(new ListedWindows(windows))
    heir.skip({ log: 'log', window: 1, index: 1 })
    expect(await heir.run()).toBe('drained')
    expect(undelivered).toEqual([])
    expect(await out()).toEqual(['a', 'b', 'c'])
  })

  test('rule 17: all records to a topic that is gone are kept, in time that does not grow with each', async () => {
    const { publisher, undelivered, out, clock } = await makeLog()
    const lost = Array.from({ length: 50 }, (_, i) => `nowhere${i}`)
    const startMs = clock.monotonic()
    expect(await publisher(new ListedWindows([windowWith(1, 'a', ...lost), windowWith(2, 'b')])).run()).toBe('drained')
    expect(new Set(undelivered.map(({ index }) => index)).size).toBe(50)
    expect(await out()).toEqual(['a', 'b'])
    expect(clock.monotonic() - startMs).toBeLessThan(5_000)
  })

  test('a marker topic that refuses the marker ends publishing with its name', async () => {
    const { publisher, client } = await makeLog()
    const cause = new Error('too large')
    client.script = () =>
      nth('flush', 2)(client.verbs) ? { kind: 'rejected', topic: markers.topic, cause } : undefined
    await expect(publisher(new ListedWindows(three)).run()).rejects.toMatchObject({
      code: 'LOG_FORBIDDEN',
      message: expect.stringContaining(markers.topic),
    })
  })

  test('a fatal outcome ends publishing', async () => {
    const { publisher, client } = await makeLog()
    client.script = (verb) => (verb === 'producer' ? { kind: 'fatal', cause: new Error('no right') } : undefined)
    await expect(publisher(new ListedWindows(three)).run()).rejects.toMatchObject({ code: 'LOG_FORBIDDEN' })
  })
})

test('records have the time of their window unless they have one', async () => {
  const { publisher, committed } = await makeLog()
  const record = { key: null, value: utf8Encode('v'), headers: noHeaders, timestampMs: 5 }
  const window = windowWith(9, 'a')
  const windows = [{ ...window, records: [...window.records, { topic: 'out', record }] }]
  await publisher(new ListedWindows(windows)).run()
  expect((await committed('out')).map(({ timestampMs }) => timestampMs)).toEqual([9, 5])
})
