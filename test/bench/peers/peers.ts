import { realParts } from '../../../infra/local/parts.ts'
import { openKafkaLog } from '../../../runtime/connectors/kafka/open-kafka-log.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import type { Workload } from '../parts/bench.ts'
import { withProcesses } from '../parts/processes.ts'
import { row, type Row } from '../row.ts'
import { measurePeer, type Figure, type Figures } from './measure-peer.ts'
import { millracePeer } from './millrace/millrace-peer.ts'
import { otherPeers } from './other-peers.ts'
import type { PeerCase } from './peer.ts'
import { warmUpKafka } from './warm-up-kafka.ts'

const measure = async (names: readonly string[], scale: number): Promise<Row[]> => {
  const real = await realParts({ heapMb: 1_024 })
  const { brokers } = real.kafka
  const log = await openKafkaLog({ brokers: [brokers] }, systemClock)
  try {
    const rows = [await warmUpKafka(log, brokers, scale)]
    const chosen = otherPeers.filter(({ name }) => names.includes(name))
    const wanted = new Set<PeerCase>(chosen.flatMap(({ cases }) => cases))
    const own = new Map<PeerCase, Figures>()
    for (const peer of [millracePeer(real), ...chosen]) {
      for (const peerCase of peer.cases.filter((each) => wanted.has(each))) {
        const figures = await withProcesses(() => measurePeer(log, brokers, peer, peerCase, scale)).catch(
          (error: unknown) => {
            // The figures of the others should not be lost with one.
            console.error(`${peer.name}, ${peerCase} failed`, error)
            process.exitCode = 1
            return new Map<string, Figure>()
          },
        )
        if (peer.name === 'millrace') own.set(peerCase, figures)
        // Millrace has no settings to tune: it is held against itself as it is.
        const limits = own.get(peerCase === 'latency-1k-tuned' ? 'latency-1k' : peerCase)
        for (const [metric, { unit, value }] of figures)
          rows.push(row('peers', `${peerCase} ${peer.name}`, metric, unit, value, limits?.get(metric)?.value))
      }
    }
    return rows
  } finally {
    await log.close()
    await real.stop()
  }
}

/**
 * Other systems at Millrace's own work: a count for each of 10,000 keys, one record out for each event of about 100 bytes,
 * over the same Kafka, one after another. Millrace comes first, and its figures are the limits beside those of the others.
 */
export const peers: Workload = {
  cases: otherPeers.map(({ name }) => name),
  byNameAlone: true,
  run: (names, { scale }) => measure(names, scale),
}
