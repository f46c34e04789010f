import { fork } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type EmbeddedLog, openEmbeddedLog } from '../../../../runtime/connectors/embedded/embedded-log.ts'
import { ManualClock } from '../../../../runtime/platform/manual-clock.ts'
import { systemClock } from '../../../../runtime/platform/system-clock.ts'
import { LogHarness, record, valueOf } from '../../../contract/log-harness.ts'

const directories: string[] = []
const newFile = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-log-'))
  directories.push(directory)
  return join(directory, 'log.sqlite')
}
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true })
})

const spec = (name: string, partitions = 1) => ({ name, partitions, replicationFactor: undefined, compacted: false })
const open = (file: string, more = {}) => openEmbeddedLog({ file, clock: systemClock, ...more })
const harnessOf = (log: EmbeddedLog) =>
  new LogHarness({ log, feed: async () => expect.unreachable(), dispose: async () => {} })
const latest = async (log: EmbeddedLog, topic: string, partition = 0) =>
  valueOf(await log.offsets(topic, [partition], 'latest')).get(partition)

const startChild = (args: string[]) => {
  const child = fork(join(import.meta.dirname, 'embedded-log-child.ts'), args, { execArgv: ['--conditions=source'] })
  const said: string[] = []
  child.on('message', (message) => said.push(String(message)))
  const until = async (text: string) => {
    while (!said.includes(text)) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const ended = new Promise((resolve) => child.on('exit', resolve))
  return { child, said, until, ended }
}

describe('what a file keeps', () => {
  test('topics, records, transactions and producers are found again', async () => {
    const file = await newFile()
    const first = await open(file)
    valueOf(await first.createTopic(spec('orders', 3)))
    const producer = valueOf(await first.producer('id', 10_000))
    for (const [value, decision] of [
      ['kept', 'commit'],
      ['lost', 'abort'],
      ['also kept', 'commit'],
    ] as const) {
      producer.append('orders', 1, record(value))
      valueOf(await producer.flush())
      valueOf(await producer.end(decision))
    }
    await first.close()
    const second = await open(file)
    expect([...valueOf(await second.partitions(['orders']))]).toEqual([['orders', 3]])
    const harness = harnessOf(second)
    expect(await harness.committedValues('orders', 1)).toEqual(['kept', 'also kept'])
    expect((await harness.batches('orders', 0, 1)).aborted).toHaveLength(1)
    expect(await latest(second, 'orders', 1)).toBe(6)
    await second.close()
  })

  test('a transaction that was open when the file was closed is aborted when it is opened', async () => {
    const file = await newFile()
    const first = await open(file)
    valueOf(await first.createTopic(spec('orders')))
    const producer = valueOf(await first.producer('id', 3_600_000))
    producer.append('orders', 0, record('never'))
    valueOf(await producer.flush())
    await first.close()
    const second = await open(file)
    const harness = harnessOf(second)
    expect((await harness.batches('orders')).batches.map(({ control }) => control)).toEqual([undefined, 'abort'])
    expect(await harness.committedValues('orders')).toEqual([])
    await second.close()
  })
})

describe('a process that is killed', () => {
  test('every transaction whose commit was answered is there whole, in order, and no other in part', async () => {
    const file = await newFile()
    const { child, said, until, ended } = startChild(['transactions', file])
    await until('committed 20')
    child.kill('SIGKILL')
    await ended
    const answered = Math.max(...said.map((text) => Number(text.replace('committed ', ''))))
    const log = await open(file)
    const harness = harnessOf(log)
    const [a, b] = [await harness.committedValues('a'), await harness.committedValues('b')]
    expect(a).toEqual(b)
    // The last one may have been committed without being answered.
    expect(a.length === 3 * (answered + 1) || a.length === 3 * (answered + 2)).toBe(true)
    expect(a).toEqual(a.map((_, i) => String(Math.floor(i / 3))))
    await log.close()
  }, 60_000)

  test('a feeder that goes on at the end writes nothing twice and leaves nothing out', async () => {
    const file = await newFile()
    for (let life = 0; life < 3; life++) {
      const { child, until, ended } = startChild(['feed', file])
      await until('fed 10')
      child.kill('SIGKILL')
      await ended
    }
    const log = await open(file)
    const values = await harnessOf(log).committedValues('fed')
    expect(values.length).toBeGreaterThanOrEqual(30)
    expect(values).toEqual(values.map((_, i) => String(i)))
    await log.close()
  }, 60_000)
})

describe('one process at a time', () => {
  test('a second opener in another process is told the file and the process that has it', async () => {
    const file = await newFile()
    const { child, until, ended } = startChild(['hold', file])
    await until('held')
    const refused = open(file)
    await expect(refused).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    await expect(refused).rejects.toThrow(file)
    await expect(refused).rejects.toThrow(`process ${child.pid}`)
    child.kill('SIGKILL')
    await ended
    const log = await open(file)
    await log.close()
  }, 60_000)

  test('a second opener in this process is refused, and the first goes on', async () => {
    const file = await newFile()
    const log = await open(file)
    await expect(open(file)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    valueOf(await log.createTopic(spec('still')))
    await log.close()
  })
})

describe('files that cannot be used', () => {
  test('one that is no database is LOG_CORRUPT, and left as it is', async () => {
    const file = await newFile()
    await writeFile(file, 'something else that is precious, and longer than a header of SQLite would be'.repeat(20))
    const before = await readFile(file)
    await expect(open(file)).rejects.toMatchObject({ code: 'LOG_CORRUPT' })
    await expect(open(file)).rejects.toThrow(file)
    expect(Buffer.compare(await readFile(file), before)).toBe(0)
  })

  test('a database of something else is refused', async () => {
    const file = await newFile()
    const { DatabaseSync } = await import('node:sqlite')
    const other = new DatabaseSync(file)
    other.exec('CREATE TABLE customers (name)')
    other.close()
    await expect(open(file)).rejects.toThrow(/database of something else/)
  })
})

test('a full disk is told, tears nothing, and what is committed stays readable', async () => {
  const file = await newFile()
  const log = await open(file, { fileBytesMax: 1 << 20 })
  valueOf(await log.createTopic(spec('small')))
  const big = { ...record(''), value: new Uint8Array(200_000) }
  const producer = valueOf(await log.producer('id', 60_000))
  const write = async () => {
    producer.append('small', 0, big)
    const flushed = await producer.flush()
    return flushed.kind === 'ok' ? producer.end('commit') : flushed
  }
  let committed = 0
  let outcome = await write()
  for (; outcome.kind === 'ok'; outcome = await write()) committed++
  expect(committed).toBeGreaterThan(1)
  expect(outcome.kind).toBe('retriable')
  if (outcome.kind === 'retriable')
    expect(outcome.cause.message).toContain(`the disk that holds the log ${file} is full`)
  const small = valueOf(await log.producer('other', 60_000))
  small.append('small', 0, record('fits'))
  valueOf(await small.flush())
  small.append('small', 0, big)
  // Within a transaction that has reached the log, an error ends the producer.
  expect((await small.flush()).kind).toBe('ambiguous')
  const next = valueOf(await log.producer('other', 60_000))
  expect((await harnessOf(log).committed('small')).map(({ value }) => value?.length)).toEqual(
    Array.from({ length: committed }, () => 200_000),
  )
  await next.close()
  await log.close()
})

test('rule 12: a transaction open for too long by the clock is aborted and its producer fenced', async () => {
  const clock = new ManualClock()
  const log = await open(await newFile(), { clock })
  valueOf(await log.createTopic(spec('slow')))
  const producer = valueOf(await log.producer('id', 10_000))
  producer.append('slow', 0, record('x'))
  valueOf(await producer.flush())
  const bounds = { maxWaitMs: 60_000, maxBytes: 1 << 20, partitionMaxBytes: 1 << 20 }
  const waiting = log.fetch('r', [{ topic: 'slow', partition: 0, offset: 0 }], bounds)
  await latest(log, 'slow')
  clock.advance(10_000)
  expect(valueOf(await waiting)[0]!.batches.map(({ control }) => control)).toEqual([undefined, 'abort'])
  expect((await producer.end('commit')).kind).toBe('fenced')
  await log.close()
})

test('appendIfEnd writes only at the end it names', async () => {
  const log = await open(await newFile())
  valueOf(await log.createTopic(spec('fed')))
  expect(valueOf(await log.appendIfEnd('fed', 0, 0, [record('0'), record('1')]))).toBe(2)
  expect(valueOf(await log.appendIfEnd('fed', 0, 0, [record('again')]))).toBeUndefined()
  expect(valueOf(await log.appendIfEnd('fed', 0, 3, [record('gap')]))).toBeUndefined()
  expect(valueOf(await log.appendIfEnd('fed', 0, 2, []))).toBe(2)
  expect(valueOf(await log.appendIfEnd('fed', 0, 2, [record('2')]))).toBe(3)
  expect(await harnessOf(log).committedValues('fed')).toEqual(['0', '1', '2'])
  expect(await log.appendIfEnd('nowhere', 0, 0, [record('x')])).toMatchObject({ kind: 'rejected', topic: 'nowhere' })
  await log.close()
})

test('close answers what was asked before, and ends a fetch that waits', async () => {
  const log = await open(await newFile())
  valueOf(await log.createTopic(spec('t')))
  const bounds = { maxWaitMs: 60_000, maxBytes: 1 << 20, partitionMaxBytes: 1 << 20 }
  const waiting = log.fetch('r', [{ topic: 't', partition: 0, offset: 0 }], bounds)
  await latest(log, 't')
  const asked = log.append('t', 0, [record('x')])
  await log.close()
  expect((await asked).kind).toBe('ok')
  expect(['ok', 'fatal']).toContain((await waiting).kind)
  expect((await log.partitions(['t'])).kind).toBe('fatal')
  await log.close()
})
