import { MillraceError } from '../model/errors.ts'
import { slotsFor } from '../model/key-group.ts'
import type { Topology } from '../model/topology.ts'
import { findApplication, nameApplication } from '../log/application.ts'
import { foundApplication } from '../log/found.ts'
import { markerTopic } from '../log/names.ts'
import type { SavepointDescription } from '../log/savepoint/description.ts'
import { FunctionNames } from '../log/savepoint/function-names.ts'
import { loadSavepoint, type Dropped } from '../log/savepoint/load-savepoint.ts'
import type { SavepointFolder } from '../log/savepoint/savepoint-folder.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { RowFiles } from '../ports/row-files.ts'
import { randomId } from '../ports/random.ts'
import type { Parts } from './parts.ts'
import { restorePositions, type RestoredPositions } from './restore-positions.ts'
import { retireApplication } from './retire.ts'
import type { CoordinatorSettings } from './settings.ts'
import { checkTopics } from './start.ts'

export interface RestoreOptions {
  readonly folder: SavepointFolder
  readonly format: RowFiles
  /** Old names of functions to new ones. */
  readonly renamed: ReadonlyMap<string, string>
  /** Functions whose state and messages are left out. */
  readonly dropped: ReadonlySet<string>
  readonly positions: RestoredPositions
  /** Take the name from the application that has it. */
  readonly replace: boolean
}

export interface Restored {
  readonly uuid: string
  readonly savepoint: SavepointDescription
  readonly dropped: Dropped
  /** Ingresses of the savepoint that nothing reads any more. */
  readonly unreadIngresses: readonly string[]
}

/**
 * Makes a new application of a savepoint, under the name that the topology has (rule 29). Everything that can be wrong is
 * found before anything is written: functions that nobody serves, files that are damaged, positions that Kafka does not
 * have. The name comes last: until it points there, nobody finds what was written.
 */
export const restoreSavepoint = async (
  topology: Topology,
  settings: CoordinatorSettings,
  parts: Parts,
  options: RestoreOptions,
): Promise<Restored> => {
  const { store, clock, random, kafka } = parts
  const { application } = topology
  const { maxParallelism, internalTopics } = settings
  const before = await findApplication(store, application)
  if (before !== undefined && !options.replace) throw exists(application)
  const savepoint = await options.folder.described()
  const names = checkFunctions(savepoint, topology, options)
  const counts = await checkTopics(parts, topology, settings.shadow)
  const slots = slotsFor(counts, maxParallelism).count
  const { shard, dropped } = await loadSavepoint(
    options.folder,
    savepoint,
    options.format,
    names,
    options.positions.from === 'keep' ? 'keep' : 'forget',
    { maxParallelism, slots },
  )
  const unreadIngresses = await restorePositions(kafka, topology.ingresses, shard, options.positions)

  const uuid = randomId(random)
  const log = randomId(random)
  const markers = { topic: markerTopic(internalTopics.prefix, uuid), partitions: internalTopics.partitions }
  const incarnation = { uuid, application, log, maxParallelism, slots, markers }
  try {
    await foundApplication(store, clock, incarnation, shard, savepoint.clockMs)
    if (before !== undefined) await retireApplication(topology, settings, parts, before, uuid)
  } catch (error) {
    await removeUnnamed(store, uuid)
    throw error
  }
  if (await nameApplication(store, clock, application, uuid, before))
    return { uuid, savepoint, dropped, unreadIngresses }
  await removeUnnamed(store, uuid)
  throw exists(application)
}

/** No name has led to it, so nobody has started it. */
const removeUnnamed = async (store: ObjectStore, uuid: string): Promise<void> => {
  const keys: string[] = []
  for await (const { key } of store.list(`${uuid}/`)) keys.push(key)
  await store.delete(keys)
}

const exists = (application: string): MillraceError =>
  new MillraceError(
    'APPLICATION_EXISTS',
    `there is an application ${application} already: take another name with --as, or --replace it (stop it first)`,
  )

/** Every function that keeps something must be served, or be named as renamed or dropped. */
const checkFunctions = (
  savepoint: SavepointDescription,
  topology: Topology,
  { renamed, dropped }: RestoreOptions,
): FunctionNames => {
  const served = new Set(topology.bindings.flatMap(({ typenames }) => typenames))
  const known = new Set(savepoint.functions.map(({ typename }) => typename))
  const problems: string[] = []
  for (const old of [...renamed.keys(), ...dropped])
    if (!known.has(old)) problems.push(`the savepoint has no function ${old}`)
  for (const old of renamed.keys()) if (dropped.has(old)) problems.push(`${old} is both renamed and dropped`)
  const taken = new Map<string, string>()
  const left = new Set(dropped)
  for (const { typename, addresses, messages, timers } of savepoint.functions) {
    if (dropped.has(typename)) continue
    const name = renamed.get(typename) ?? typename
    const other = taken.get(name)
    if (other !== undefined) problems.push(`${other} and ${typename} would both be called ${name}`)
    taken.set(name, typename)
    if (served.has(name)) continue
    if (addresses + messages + timers === 0 && !renamed.has(typename)) left.add(typename)
    else if (renamed.has(typename)) problems.push(`${name}, the new name of ${typename}, is not served`)
    else
      problems.push(
        `${typename} is not served: it keeps state of ${addresses} addresses, ${messages + timers} messages`,
      )
  }
  if (problems.length === 0) return new FunctionNames(renamed, left)
  throw new MillraceError(
    'SAVEPOINT_MISMATCH',
    `${problems.join('; ')}. Serve what the savepoint has, or say what becomes of it with --rename old=new and ` +
      `--drop old. The application serves: ${[...served].join(', ') || 'nothing'}`,
  )
}
