import { MillraceError } from '../model/errors.ts'
import type { Topology } from '../model/topology.ts'
import { knownApplication } from '../log/application.ts'
import type { Parts } from './parts.ts'
import type { RunningCoordinator } from './running.ts'
import type { CoordinatorSettings } from './settings.ts'
import { startCoordinator } from './start.ts'

/**
 * Takes an application over as a start does, publishes what is left to be published, does `act`, and ends. Nothing is taken
 * in, no function is called, no timer fires: its state stays as it was. Whoever ran it is fenced.
 */
export const withCustodian = async <T>(
  topology: Topology,
  settings: CoordinatorSettings,
  parts: Parts,
  act: (running: RunningCoordinator) => Promise<T>,
): Promise<T> => {
  await knownApplication(parts.store, topology.application)
  const running = await startCoordinator(
    { ...topology, ingresses: [], routes: [], bindings: [] },
    { ...settings, custodian: true, createApplication: false },
    parts,
  )
  const failed = new Promise<never>((_, reject) => {
    const reason = (end: string): Error => new MillraceError('FENCED', `the application was ${end} by another process`)
    running.ended.then((end) => reject(reason(end)), reject)
  })
  failed.catch(() => undefined)
  try {
    return await Promise.race([act(running), failed])
  } finally {
    running.drain()
    await running.ended.catch(() => undefined)
  }
}
