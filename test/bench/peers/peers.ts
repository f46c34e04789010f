import { realParts } from '../../../infra/local/parts.ts'
import { openKafkaLog } from '../../../runtime/connectors/kafka/open-kafka-log.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { row, type Row } from '../row.ts'
import { measurePeer, type Figures } from './measure-peer.ts'
import { millracePeer } from './millrace/millrace-peer.ts'
import { otherPeers } from './other-peers.ts'
import type { PeerCase } from './peer.ts'

export const peerNames: readonly string[] = otherPeers.map(({ name }) => name)

/**
 * Other systems at Millrace's own work: a count for each of 10,000 keys, one record out for each event of about 100 bytes,
 * over the same Kafka, one after another. Millrace comes first, and its figures are the limits beside those of the others.
 */
export const peers = async (names: readonly string[], scale: number): Promise<Row[]> => {
  const real = await realParts({ heapMb: 1_024 })
  const log = await openKafkaLog({ brokers: [real.kafka.brokers] }, systemClock)
  try {
    const rows: Row[] = []
    const own = new Map<PeerCase, Figures>()
    for (const peer of [millracePeer(real), ...otherPeers.filter(({ name }) => names.includes(name))]) {
      for (const peerCase of peer.cases) {
        const figures = await measurePeer(log, real.kafka.brokers, peer, peerCase, scale)
        if (peer.name === 'millrace') own.set(peerCase, figures)
        const limits = own.get(peerCase) ?? own.get('latency-1k')
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
