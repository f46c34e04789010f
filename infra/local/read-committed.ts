import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { pythonWithKafka, readCommittedScript } from './python.ts'

type Plain = string | { readonly base64: string } | null

/** A record as librdkafka shows it to a read-committed consumer; bytes that are not UTF-8 come as base64. */
export interface CommittedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly key: Plain
  readonly value: Plain
  readonly headers: readonly (readonly [string, Plain])[]
}

/**
 * All records that a read-committed consumer sees on these topics now, per partition in offset order.
 * Fails when a topic does not exist, or when an end is not reached in two minutes.
 */
export async function readCommitted(brokers: string, ...topics: readonly string[]): Promise<CommittedRecord[]> {
  const python = await pythonWithKafka()
  const child = spawn(python, [readCommittedScript, brokers, ...topics], { stdio: ['ignore', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4000)
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const records: CommittedRecord[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    // The script beside this file is the only writer of these lines.
    const record: CommittedRecord = JSON.parse(line)
    records.push(record)
  }
  const code = await ended
  if (code !== 0) throw new Error(`reading ${topics.join(', ')} from ${brokers} ended with code ${code}:\n${complaint}`)
  return records
}
