import { murmur2, murmur2OfText } from './hash.ts'

/** The unit in which state can be spread; fixed for the life of an application. */
export const maxParallelism = 960

/** The key group of an id: Kafka's default partitioner over 960 partitions (protocol rule 3). */
export const keyGroupOf = (id: string, groups: number = maxParallelism): number =>
  (murmur2OfText(id) & 0x7fffffff) % groups

/** How ids are spread over slots; fixed when an application is created. */
export interface Spread {
  /** How many key groups there are. */
  readonly maxParallelism: number
  readonly slots: number
}

/** The slot that owns an id (protocol rule 3). */
export const slotOf = (id: string, { maxParallelism, slots }: Spread): number => keyGroupOf(id, maxParallelism) % slots

/** The partition that Kafka's default partitioner gives a key. */
export const partitionOf = (key: Uint8Array, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions

export interface Slots {
  /** How many slots there are, fixed when the application is created. */
  readonly count: number
  /** Topics whose partition count does not divide the slots: in a fleet their records take a second hop. */
  readonly unaligned: readonly string[]
}

/**
 * The number of slots for the partition counts of all ingress topics (protocol rule 3): the least divisor of 960 that is
 * at least 24 and a multiple of each count; 48 where there is none.
 */
export const slotsFor = (partitionsByTopic: ReadonlyMap<string, number>): Slots => {
  const counts = [...partitionsByTopic.values()]
  for (let count = 24; count <= maxParallelism; count++) {
    if (maxParallelism % count === 0 && counts.every((partitions) => count % partitions === 0))
      return { count, unaligned: [] }
  }
  const unaligned = [...partitionsByTopic].filter(([, partitions]) => 48 % partitions !== 0).map(([topic]) => topic)
  return { count: 48, unaligned }
}
