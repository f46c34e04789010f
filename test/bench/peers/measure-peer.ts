import { tempData } from '../../../infra/local/temp-data.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { topicsOf } from '../parts/bench-parts.ts'
import { partitionCount } from '../parts/consume.ts'
import { ok } from '../parts/ok.ts'
import { pause } from '../parts/pause.ts'
import { quantile } from '../row.ts'
import { measureDrain } from './measure-drain.ts'
import { measureLatency } from './measure-latency.ts'
import { peerKeys } from './output-check.ts'
import type { Peer, PeerCase } from './peer.ts'

/** Figures by their metric, and their unit. */
export type Figures = ReadonlyMap<string, { readonly unit: string; readonly value: number }>

const LATENCY_SECONDS = 20
const LATENCY_RATE = 1_000

/** Runs one case of one peer over topics of its own, with the peer in new processes. */
export const measurePeer = async (
  log: TransactionalLog,
  brokers: string,
  peer: Peer,
  peerCase: PeerCase,
  scale: number,
): Promise<Figures> => {
  const name = `${peerCase}-${peer.name}-${Date.now().toString(36)}`
  const { events, counts, dead } = topicsOf(name)
  for (const topic of [events, counts, dead])
    ok(await log.createTopic({ name: topic, partitions: partitionCount, replicationFactor: 1, compacted: false }))
  const parts = { name, brokers, events, counts, dir: await tempData(peer.name), case: peerCase }
  try {
    if (peerCase === 'drain-10k') {
      const drained = await measureDrain(log, peer, parts, Math.ceil(peer.drainEvents * scale))
      return new Map([
        ['throughput', { unit: 'events/s', value: drained.perSecond }],
        ['throughput of the second half', { unit: 'events/s', value: drained.secondHalfPerSecond }],
      ])
    }
    const pace = { rate: LATENCY_RATE, seconds: LATENCY_SECONDS * scale, load: { keys: peerKeys } }
    const latencies = await measureLatency(log, peer, parts, pace)
    return new Map([
      ['p50', { unit: 'ms', value: quantile(latencies, 0.5) }],
      ['p99', { unit: 'ms', value: quantile(latencies, 0.99) }],
    ])
  } catch (error) {
    throw new Error(`${peer.name}, ${peerCase}`, { cause: error })
  } finally {
    await pause(2_000)
  }
}
