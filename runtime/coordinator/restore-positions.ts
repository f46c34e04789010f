import { isMillraceError, MillraceError } from '../model/errors.ts'
import type { LogIngress } from '../model/topology.ts'
import type { TransactionalLog } from '../ports/transactional-log.ts'
import type { Shard } from '../shard/shard.ts'
import { startPositions } from './start-positions.ts'

/** Where a restored application reads on. */
export interface RestoredPositions {
  /** Where the savepoint was, or where a new application would start. */
  readonly from: 'keep' | 'start'
  /** Exceptions. */
  readonly offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[]
}

/**
 * Gives every partition that is read its position, checked against the log as at a start: the savepoint of one cluster does
 * not read on in another, or in a topic that was made anew, by accident. Answers the ingresses that nothing reads.
 */
export const restorePositions = async (
  kafka: TransactionalLog,
  ingresses: readonly LogIngress[],
  shard: Shard,
  positions: RestoredPositions,
): Promise<readonly string[]> => {
  const saved = new Set([...shard.positions.all()].map(({ source }) => source.ingress))
  // Before the exceptions: a topic of which one partition has a position is read from the beginning in the others.
  if (positions.from === 'start') await startPositions(kafka, ingresses, shard, undefined)
  for (const { topic, partition, offset } of positions.offsets) {
    const reading = ingresses.filter(({ topics }) => topics.includes(topic))
    if (reading.length === 0) throw new MillraceError('SETTING_INVALID', `--position: no ingress reads topic ${topic}`)
    for (const { name } of reading)
      shard.moveTo({ source: { ingress: name, topic, partition }, offset, fingerprint: undefined })
  }
  try {
    const placed = await startPositions(kafka, ingresses, shard, undefined)
    for (const { topic, partition } of positions.offsets)
      if (!placed.some(({ source }) => source.topic === topic && source.partition === partition))
        throw new MillraceError('SETTING_INVALID', `--position: topic ${topic} has no partition ${partition}`)
  } catch (error) {
    if (!isMillraceError(error) || (error.code !== 'LOG_RECREATED' && error.code !== 'LOG_OFFSET_OUT_OF_RANGE'))
      throw error
    throw new MillraceError(
      'SAVEPOINT_MISMATCH',
      `the savepoint does not read on here: ${error.message}. In another cluster, restore with --positions start, or ` +
        'say where to read on with --position topic/partition=offset',
      { cause: error },
    )
  }
  const read = new Set(ingresses.map(({ name }) => name))
  return [...saved].filter((ingress) => !read.has(ingress))
}
