import { murmur2, murmur2OfText } from './hash.ts'

/** Into how many units state can be spread, unless the application says otherwise; fixed for its life. */
export const defaultMaxParallelism = 960

/** The key group of an id: Kafka's default partitioner over so many partitions (protocol rule 3). */
export const keyGroupOf = (id: string, groups: number = defaultMaxParallelism): number =>
  (murmur2OfText(id) & 0x7fffffff) % groups

/** How ids are spread over slots; fixed when an application is created. */
export interface Spread {
  /** How many key groups there are. */
  readonly maxParallelism: number
  readonly slots: number
}

/** The slot that owns an id (protocol rule 3). */
export const slotOf = (id: string, { maxParallelism, slots }: Spread): number => keyGroupOf(id, maxParallelism) % slots

/** The slot of an id with this murmur2. */
export const slotOfHash = (hash: number, { maxParallelism, slots }: Spread): number =>
  ((hash & 0x7fffffff) % maxParallelism) % slots

/** The partition that Kafka's default partitioner gives a key. */
export const partitionOf = (key: Uint8Array, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions

export interface Slots {
  /** How many slots there are, fixed when the application is created. */
  readonly count: number
  /** Topics whose partition count does not divide the slots: in a fleet their records take a second hop. */
  readonly unaligned: readonly string[]
}

/**
 * The number of slots for the partition counts of all ingress topics (protocol rule 3): the least divisor of the key
 * groups that is at least 24 and a multiple of each count; where there is none, the least that is at least 48.
 */
export const slotsFor = (
  partitionsByTopic: ReadonlyMap<string, number>,
  groups: number = defaultMaxParallelism,
): Slots => {
  const counts = [...partitionsByTopic.values()]
  for (let count = Math.min(24, groups); count <= groups; count++) {
    if (groups % count === 0 && counts.every((partitions) => count % partitions === 0)) return { count, unaligned: [] }
  }
  let count = Math.min(48, groups)
  while (groups % count !== 0) count++
  const unaligned = [...partitionsByTopic].filter(([, partitions]) => count % partitions !== 0).map(([topic]) => topic)
  return { count, unaligned }
}
