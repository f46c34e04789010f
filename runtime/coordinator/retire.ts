import { MillraceError } from '../model/errors.ts'
import type { Topology } from '../model/topology.ts'
import { ManifestStore } from '../log/manifest-store.ts'
import { withCustodian } from './custodian.ts'
import type { Parts } from './parts.ts'
import type { CoordinatorSettings } from './settings.ts'

/**
 * Ends an application for good, since another takes its name. Whoever runs it is fenced by taking it over; what it has
 * committed is published, under its own transactional ids; then its manifest says who replaced it, by If-Match, and from
 * then on nobody starts it again. Only now may the name point elsewhere: two that run under one name there never are.
 */
export const retireApplication = async (
  topology: Topology,
  settings: CoordinatorSettings,
  parts: Parts,
  uuid: string,
  replacedBy: string,
): Promise<void> => {
  const { store, clock } = parts
  const before = await new ManifestStore(store, clock, uuid, '').read()
  // An attempt that was interrupted has come so far.
  if (before?.replacedBy !== undefined) return
  const own = before ? { maxParallelism: before.maxParallelism } : {}
  // Its own egress goes where it always went: it is committed.
  const asItWas = { ...settings, ...own, shadow: undefined }
  const log = await withCustodian(topology, asItWas, parts, async (running) => {
    // Committed and read back: from here on no earlier incarnation can commit.
    await running.read(() => undefined)
    return running.log
  })
  const manifests = new ManifestStore(store, clock, uuid, log)
  const manifest = await manifests.read()
  if (manifest?.writer !== log) throw startedAgain()
  const left = manifest.logs.find((each) => each.log !== log && !each.drained)
  if (left)
    throw new MillraceError(
      'LOG_UNAVAILABLE',
      `log ${left.log} of the application that is to be replaced could not be published within shutdown.deadline: ` +
        'see what its Kafka says, then repeat the command',
    )
  if ((await manifests.update({ replacedBy })) === 'superseded') throw startedAgain()
}

const startedAgain = (): MillraceError =>
  new MillraceError(
    'FENCED',
    'somebody started the application that is to be replaced: stop it, then repeat the command',
  )
