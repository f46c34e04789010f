import { utf8Decode } from '../../../runtime/model/bytes.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { consume } from '../parts/consume.ts'
import { eventsIn, stockProducer, type Pace } from '../parts/pace.ts'
import { OutputCheck } from './output-check.ts'
import type { Peer, PeerParts } from './peer.ts'
import { stallGuard } from './stall-guard.ts'

/**
 * Milliseconds from the producer's time stamp of each event to a consumer that reads committed records, at a steady rate,
 * but for those of the time to warm up. Not every peer can hand the time stamp on, so it is read from the topic of events.
 */
export const measureLatency = async (
  log: TransactionalLog,
  peer: Peer,
  parts: PeerParts,
  pace: Pace,
): Promise<readonly number[]> => {
  const total = eventsIn(pace)
  const running = await peer.start(parts)
  try {
    const guard = stallGuard(running)
    const check = new OutputCheck(total)
    const outMs = new Float64Array(total)
    const reading = consume(
      log,
      parts.counts,
      (records) => {
        const nowMs = Date.now()
        for (const record of records) outMs[check.take(record) ?? total] = nowMs
      },
      () => {
        guard(check.missing)
        return check.missing === 0
      },
    )
    await Promise.all([stockProducer(parts, parts.events, pace), reading])
    if (peer.egress === 'exactly-once' && check.repeated > 0)
      throw new Error(`${check.repeated} records came out twice`)
    const inMs = new Float64Array(total)
    let left = total
    await consume(
      log,
      parts.events,
      (records) => {
        for (const { value, timestampMs } of records) inMs[numberIn(value)] = timestampMs
        left -= records.length
      },
      () => left <= 0,
    )
    const measured = Math.round(pace.rate * pace.warmUpSeconds)
    return Array.from(outMs.subarray(measured), (ms, index) => ms - inMs[measured + index]!)
  } finally {
    await running.stop()
  }
}

const numberIn = (value: Uint8Array | null): number => {
  const { n } = JSON.parse(utf8Decode(value ?? new Uint8Array())) as { n: number }
  return n
}
