import { messageOf } from '../model/errors.ts'
import type { EventLog } from '../ports/telemetry.ts'
import type { FetchPosition, TransactionalLog } from '../ports/transactional-log.ts'
import type { Positions } from '../shard/positions.ts'

/** So often lag tools are told how far the application has come, if it has. */
export const groupOffsetsMs = 10_000

/** A drain waits so long for the last of them, since nothing depends on it. */
export const groupOffsetsLastMs = 1_000

/**
 * Commits the positions to a consumer group that is named as the application, for tools that watch the lag of groups.
 * Nothing here reads them, so nothing depends on them: a failure is only a line of the debug log.
 */
export class GroupOffsets {
  private readonly kafka: Pick<TransactionalLog, 'commitGroupOffsets'>
  private readonly group: string
  private readonly positions: Positions
  private readonly log: Pick<EventLog, 'debug'>
  private told = ''
  private telling: Promise<void> | undefined

  constructor(
    kafka: Pick<TransactionalLog, 'commitGroupOffsets'>,
    group: string,
    positions: Positions,
    log: Pick<EventLog, 'debug'>,
  ) {
    this.kafka = kafka
    this.group = group
    this.positions = positions
    this.log = log
  }

  /** Tells of positions that have changed, one request at a time. Never rejects. */
  tell(): Promise<void> {
    this.telling ??= this.commit().finally(() => (this.telling = undefined))
    return this.telling
  }

  /** The same once nothing moves any more: also what has changed since a request that is under way. */
  async tellLast(): Promise<void> {
    await this.telling
    await this.tell()
  }

  private async commit(): Promise<void> {
    const positions = lowest(this.positions)
    const content = JSON.stringify(positions)
    if (positions.length === 0 || content === this.told) return
    try {
      const outcome = await this.kafka.commitGroupOffsets(this.group, positions)
      if (outcome.kind !== 'ok') throw outcome.cause
      this.told = content
    } catch (error) {
      this.log.debug('group-offsets-failed', `group ${this.group} was not told positions: ${messageOf(error)}`)
    }
  }
}

/** A partition that two ingresses read is as far as the slower of them. */
const lowest = (positions: Positions): readonly FetchPosition[] => {
  const byPartition = new Map<string, FetchPosition>()
  for (const { source, offset } of positions.all()) {
    const { topic, partition } = source
    const key = JSON.stringify([topic, partition])
    const known = byPartition.get(key)?.offset ?? Infinity
    byPartition.set(key, { topic, partition, offset: Math.min(known, offset) })
  }
  return [...byPartition.values()]
}
