import type { LogRecord } from '../../../runtime/model/record.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { cpuMs } from '../parts/process-usage.ts'
import { consumeWatched } from '../parts/consume.ts'
import { pause } from '../parts/pause.ts'
import { produce } from '../parts/produce.ts'
import { TopicGrowth } from '../parts/topic-growth.ts'
import { OutputCheck, peerKeys } from './output-check.ts'
import type { Peer, PeerParts } from './peer.ts'
import { stallGuard } from './stall-guard.ts'

export interface Drained {
  /** Events a second, from open intake to the last record. */
  readonly perSecond: number
  /** The same for the second half alone, when the code has been compiled. */
  readonly secondHalfPerSecond: number
  readonly repeated: number
  /** Microseconds that its processes have computed for each event, Kafka and the object store left out. */
  readonly cpuMicrosPerEvent: number
}

const POLL_MS = 20

/** A backlog of `count` events: how fast the peer gets through it. */
export const measureDrain = async (
  log: TransactionalLog,
  peer: Peer,
  parts: PeerParts,
  count: number,
): Promise<Drained> => {
  await produce(log, parts.events, count, { keys: peerKeys })
  await pause(2_000)
  const running = await peer.start(parts)
  const cpu = async (): Promise<number> => {
    let sum = 0
    for (const pid of running.pids) sum += await cpuMs(pid)
    return sum
  }
  try {
    const guard = stallGuard(running)
    const cpuBefore = await cpu()
    const check = new OutputCheck(count)
    const growth = new TopicGrowth(log, parts.counts, () => Date.now())
    const look = async (): Promise<number> => {
      const records = await growth.look()
      guard(records)
      await pause(POLL_MS)
      return records
    }
    while ((await look()) < count);
    const cpuUsed = (await cpu()) - cpuBefore
    const take = (records: readonly LogRecord[]): void => records.forEach((record) => check.take(record))
    await consumeWatched(log, parts.counts, take, () => check.missing === 0, look)
    if (peer.egress === 'exactly-once' && check.repeated > 0)
      throw new Error(`${check.repeated} records came out twice`)
    const half = growth.withRecords(count / 2)
    const last = growth.latest
    return {
      perSecond: (count / (last.atMs - running.openedMs)) * 1_000,
      secondHalfPerSecond: ((last.records - half.records) / (last.atMs - half.atMs)) * 1_000,
      repeated: check.repeated,
      cpuMicrosPerEvent: (cpuUsed / count) * 1_000,
    }
  } finally {
    await running.stop()
  }
}
