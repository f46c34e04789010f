import { tempData } from '../../../infra/local/temp-data.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { topicsOf } from '../parts/bench-parts.ts'
import { partitionCount } from '../parts/consume.ts'
import { ok } from '../parts/ok.ts'
import { paceOf } from '../parts/pace.ts'
import { pause } from '../parts/pause.ts'
import { settleDisks } from '../parts/settle-disks.ts'
import { quantile } from '../row.ts'
import { callsBy } from '../workloads/http-call/calls-by.ts'
import { measureDrain } from './measure-drain.ts'
import { measureLatency } from './measure-latency.ts'
import { peerKeys } from './output-check.ts'
import type { Peer, PeerCase, PeerParts } from './peer.ts'

export interface Figure {
  readonly unit: string
  readonly value: number
}

/** Figures by their metric. */
export type Figures = ReadonlyMap<string, Figure>

const LATENCY_RATE = 1_000
const CLIENTS = [1, 16, 64, 256]

/** Runs one case of one peer over topics of its own, with the peer in new processes. */
export const measurePeer = async (
  log: TransactionalLog,
  brokers: string,
  peer: Peer,
  peerCase: PeerCase,
  scale: number,
): Promise<Figures> => {
  const parts = await prepared(log, brokers, peer, peerCase)
  try {
    if (peerCase === 'drain-10k') {
      const drained = await measureDrain(log, peer, parts, Math.ceil(peer.drainEvents * scale))
      return new Map([
        ['throughput', { unit: 'events/s', value: drained.perSecond }],
        ['throughput of the second half', { unit: 'events/s', value: drained.secondHalfPerSecond }],
        ['cpu', { unit: 'µs/event', value: drained.cpuMicrosPerEvent }],
      ])
    }
    if (peerCase === 'http-call') return await calls(peer, parts, scale)
    const pace = paceOf(LATENCY_RATE, scale, { keys: peerKeys })
    const latencies = await measureLatency(log, peer, parts, pace)
    return new Map([
      ['p50', { unit: 'ms', value: quantile(latencies, 0.5) }],
      ['p99', { unit: 'ms', value: quantile(latencies, 0.99) }],
    ])
  } finally {
    await pause(2_000)
  }
}

const prepared = async (log: TransactionalLog, brokers: string, peer: Peer, peerCase: PeerCase): Promise<PeerParts> => {
  const name = `${peerCase}-${peer.name}-${Date.now().toString(36)}`
  const { events, counts, dead } = topicsOf(name)
  for (const topic of [events, counts, dead])
    ok(await log.createTopic({ name: topic, partitions: partitionCount, replicationFactor: 1, compacted: false }))
  await settleDisks()
  return { name, brokers, events, counts, dir: await tempData(peer.name), case: peerCase }
}

const calls = async (peer: Peer, parts: PeerParts, scale: number): Promise<Figures> => {
  const figures = new Map<string, Figure>()
  const running = await peer.startCalls?.(parts)
  if (!running) return figures
  try {
    for (const clients of CLIENTS) {
      const { callsPerSecond, p50, p99 } = await callsBy(clients, running, scale)
      figures.set(`calls of ${clients} clients`, { unit: 'calls/s', value: callsPerSecond })
      figures.set(`p50 of ${clients} clients`, { unit: 'ms', value: p50 })
      figures.set(`p99 of ${clients} clients`, { unit: 'ms', value: p99 })
    }
    return figures
  } finally {
    await running.stop()
  }
}
