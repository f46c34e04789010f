import { compile } from '../../config/compile.ts'
import { withCustodian } from '../../coordinator/custodian.ts'
import type { SavepointDescription } from '../../log/savepoint/description.ts'
import type { SavepointFolder } from '../../log/savepoint/savepoint-folder.ts'
import { parquetFiles } from '../../platform/parquet.ts'
import { openParts } from './open-parts.ts'
import type { SavepointSession } from './savepoint-session.ts'

/** Takes the application over for as long as it takes to publish what is left and to write the savepoint. */
export const offlineSavepoint = async (
  session: SavepointSession,
  name: string,
  folder: SavepointFolder,
): Promise<SavepointDescription> => {
  const { definition, settings, env } = session
  const parts = await openParts(session, settings, env)
  const topology = compile(definition, settings.limits)
  return withCustodian(topology, { ...settings, createApplication: false }, parts, (running) =>
    running.savepoint(name, parquetFiles, folder),
  )
}
