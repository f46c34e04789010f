import { compile } from '../../config/compile.ts'
import { resolveSettings, type Environment } from '../../config/resolve-settings.ts'
import type { RestoredPositions } from '../../coordinator/restore-positions.ts'
import { restoreSavepoint, type Restored } from '../../coordinator/restore-savepoint.ts'
import { parquetFiles } from '../../platform/parquet.ts'
import { createTopics } from '../create-topics.ts'
import { namedAs } from '../named-as.ts'
import { openParts } from './open-parts.ts'
import type { SavepointSession } from './savepoint-session.ts'

/** What the command line asks for. */
export interface WantedRestore {
  readonly savepoint: string
  readonly as: string | undefined
  readonly renamed: ReadonlyMap<string, string>
  readonly dropped: ReadonlySet<string>
  readonly positions: RestoredPositions
  readonly maxParallelism: string | undefined
  readonly replace: boolean
}

/** Opens the target's bucket and Kafka and restores into them. */
export const runRestore = async (
  session: SavepointSession,
  { savepoint, as, maxParallelism, ...wanted }: WantedRestore,
  env: Environment,
): Promise<{ restored: Restored; application: string }> => {
  const definition = namedAs(session.definition, as)
  const { settings } = resolveSettings(definition, {
    ...env,
    ...(maxParallelism !== undefined && { MILLRACE_MAX_PARALLELISM: maxParallelism }),
  })
  const topology = compile(definition, settings.limits)
  const folder = await session.folder(savepoint)
  const parts = await openParts(session, settings, env)
  if (settings.log.kind === 'embedded') await createTopics(parts.kafka, topology, new Map())
  const options = { ...wanted, folder, format: parquetFiles }
  const restored = await restoreSavepoint(topology, { ...settings, createApplication: false }, parts, options)
  return { restored, application: definition.name }
}
