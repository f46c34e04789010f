import { memoryLog } from '../../runtime/connectors/memory/memory-log.ts'
import { startCoordinator } from '../../runtime/coordinator/start.ts'
import { committedRecords } from '../../runtime/log/read-committed.ts'
import { utf8Decode, utf8Encode } from '../../runtime/model/bytes.ts'
import { defaultLimits } from '../../runtime/model/limits.ts'
import { nullTelemetry } from '../../runtime/platform/null-telemetry.ts'
import { systemClock } from '../../runtime/platform/system-clock.ts'
import { systemRandom } from '../../runtime/platform/system-random.ts'
import type { FunctionClient } from '../../runtime/ports/function-client.ts'
import type { EventLog, Telemetry } from '../../runtime/ports/telemetry.ts'
import { decodeReply, encodeMessage, type Message } from '../../runtime/sdk/message.ts'
import { TerminalError } from '../../runtime/sdk/terminal-error.ts'
import { memoryStore } from '../../runtime/storage/memory.ts'
import { item } from './shop.ts'

/** A real coordinator over a log in memory, which reads purchases and calls the shop wherever it is served. */
export const coordinatorFor = async (client: FunctionClient, requestBytesMax = 8 << 20) => {
  const clock = systemClock
  const log = memoryLog(clock)
  for (const name of ['purchases', 'sold', 'dead'])
    await log.createTopic({ name, partitions: 4, replicationFactor: undefined, compacted: false })
  const warnings: string[] = []
  const topology = {
    application: 'shop',
    ingresses: [{ name: 'purchases', topics: ['purchases'], start: { kind: 'earliest' as const } }],
    routes: [{ ingress: 'purchases', messagesOf: ({ key, value }: Purchase) => [bought(key, value)] }],
    egresses: [{ name: 'sold', topic: 'sold' }],
    deadLetterTopic: 'dead',
    bindings: [
      {
        endpoint: 'shop',
        typenames: [item.typename],
        timeoutMs: 10_000,
        requestsInFlightMax: 4,
        addressesPerRequestMax: 1_000,
      },
    ],
  }
  const settings = {
    limits: { ...defaultLimits, requestBytesMax },
    maxParallelism: 960,
    commit: { minIntervalMs: 0, transactionTimeoutMs: 10_000 },
    checkpoint: { windowsMax: 1_000, bytesMax: 64 << 20 },
    failure: { attemptsMax: 10, firstDelayMs: 50, maxDelayMs: 10_000, onFailure: 'deadLetter' as const },
    parking: { whenFull: 'deadLetterOldest' as const },
    idempotency: { retentionMs: 60_000 },
    shutdown: { deadlineMs: 5_000 },
    internalTopics: { prefix: 'shop', partitions: 16, replicationFactor: undefined, create: true },
    createApplication: true,
  }
  const parts = {
    clock,
    random: systemRandom,
    store: memoryStore(clock),
    kafka: log.connect(),
    telemetry: telling(warnings),
  }
  const running = await startCoordinator(topology, settings, { ...parts, clients: new Map([['shop', client]]) })
  const committed = async (topic: string): Promise<{ key: string; value: string }[]> => {
    const positions = [0, 1, 2, 3].map((partition) => ({ topic, partition, offset: 0 }))
    const fetched = await log.fetch('test', positions, { maxWaitMs: 0, maxBytes: 1 << 30, partitionMaxBytes: 1 << 30 })
    if (fetched.kind !== 'ok') throw fetched.cause
    const records = fetched.value.flatMap((partition) => committedRecords(partition, 0).records)
    return records.map(({ key, value }) => ({ key: utf8Decode(key!), value: utf8Decode(value!) }))
  }
  return {
    warnings,
    committed,
    feed: (key: string, value: string) =>
      void log.append('purchases', null, { key: utf8Encode(key), value: utf8Encode(value) }),
    async call<R>(message: Message<R>): Promise<R> {
      const { typename, id, message: name, payload } = encodeMessage(message)
      const keys = { idempotencyKey: undefined, fingerprint: '' }
      const answer = await running.request({ kind: 'call', typename, id, message: name, payload, ...keys }).answer
      if (answer.kind !== 'replied') throw new Error(answer.kind === 'refused' ? answer.message : answer.kind)
      if (!answer.reply.ok) throw new TerminalError(answer.reply.message, { code: answer.reply.code })
      return decodeReply(message, answer.reply.payload)
    },
    async stop(): Promise<void> {
      running.drain()
      await running.ended
      await client.close()
    },
  }
}

interface Purchase {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}
const bought = (key: Uint8Array | null, value: Uint8Array | null) =>
  encodeMessage(item.at(utf8Decode(key!)).buy(utf8Decode(value!)))

const telling = (warnings: string[]): Telemetry => {
  const warn: EventLog['warn'] = (event, message) => void warnings.push(`${event}: ${message}`)
  return { ...nullTelemetry, log: { ...nullTelemetry.log, warn, error: warn } }
}
