import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pythonWithKafka } from '../../../infra/local/python.ts'

export interface FedRecord {
  readonly topic: string
  /** Left out: librdkafka's choice, which is not ours. */
  readonly partition?: number
  readonly key: Uint8Array | string | null
  readonly value: Uint8Array | string | null
}

/** Writes to Kafka by librdkafka: a producer that shares no line with what is tested. */
export interface Producer {
  /** Takes records in; they are delivered once `flush` or `commit` has answered. */
  write(records: readonly FedRecord[]): void
  /** Answers how many records have been delivered since the start. */
  flush(): Promise<number>
  begin(): Promise<number>
  commit(): Promise<number>
  abort(): Promise<number>
  close(): Promise<void>
}

const script = join(import.meta.dirname, 'produce.py')
const base64 = (bytes: Uint8Array | string | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString('base64')

/**
 * Starts a producer, idempotent unless told otherwise.
 * @param settings librdkafka's own
 */
export const startProducer = async (
  brokers: string,
  settings: Readonly<Record<string, string | number | boolean>> = {},
): Promise<Producer> => {
  const all = { 'bootstrap.servers': brokers, 'enable.idempotence': true, 'linger.ms': 5, ...settings }
  const child = spawn(await pythonWithKafka(), [script, JSON.stringify(all)])
  const command = commander(child)
  return {
    write(records) {
      for (const { topic, partition = null, key, value } of records)
        child.stdin.write(`${JSON.stringify({ topic, partition, key: base64(key), value: base64(value) })}\n`)
    },
    flush: () => command('flush'),
    begin: () => command('begin'),
    commit: () => command('commit'),
    abort: () => command('abort'),
    async close() {
      if (child.exitCode !== null) return
      const ended = once(child, 'close')
      child.stdin.end()
      await ended
    },
  }
}

/** One answer comes for each command, in order. */
const commander = (child: ChildProcessWithoutNullStreams): ((name: string) => Promise<number>) => {
  let complaint = ''
  const waiting: { resolve: (delivered: number) => void; reject: (error: Error) => void }[] = []
  const broken = (): Error => new Error(`the producer ended with code ${child.exitCode}:\n${complaint}`)
  child.stdin.on('error', () => undefined)
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4_000)))
  child.on('close', () => waiting.splice(0).forEach(({ reject }) => reject(broken())))
  createInterface({ input: child.stdout }).on('line', (line) => {
    // The script beside this file is the only writer of these lines.
    const { delivered }: { delivered: number } = JSON.parse(line)
    waiting.shift()?.resolve(delivered)
  })
  return (name) =>
    new Promise((resolve, reject) => {
      if (child.exitCode !== null) return reject(broken())
      waiting.push({ resolve, reject })
      child.stdin.write(`${JSON.stringify({ do: name })}\n`)
    })
}
