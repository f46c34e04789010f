import { MillraceError } from '../model/errors.ts'
import type { Topology } from '../model/topology.ts'
import type { TransactionalLog } from '../ports/transactional-log.ts'

const partitionsUsual = 4

/** Creates the topics that the application names, where they are missing: for the embedded log and for development. */
export const createTopics = async (
  log: TransactionalLog,
  topology: Topology,
  partitions: ReadonlyMap<string, number>,
): Promise<void> => {
  const names = new Set([
    ...topology.ingresses.flatMap(({ topics }) => topics),
    ...topology.egresses.map(({ topic }) => topic),
    topology.deadLetterTopic,
  ])
  for (const name of names) {
    const count = partitions.get(name) ?? partitionsUsual
    const created = await log.createTopic({ name, partitions: count, replicationFactor: undefined, compacted: false })
    if (created.kind === 'ok') continue
    const { cause } = created
    throw new MillraceError('LOG_FORBIDDEN', `topic ${name} cannot be created: ${cause.message}`, { cause })
  }
}
