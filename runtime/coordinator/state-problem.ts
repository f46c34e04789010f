import type { StateKind, StateSpec } from '../model/function-spec.ts'
import { parseStateKey, stateKey } from '../model/state-key.ts'
import type { ActorTable } from '../shard/actor.ts'
import type { Shard } from '../shard/shard.ts'

/**
 * Why code that declares `state` so cannot read what is kept under its name; undefined where it can. Such code is not
 * invoked: it would begin the state anew, or fail with every message.
 */
export const stateProblem = (shard: Shard, table: ActorTable, state: StateSpec, nowMs: number): string | undefined =>
  mismatch(table, state) ?? unreadVersions(shard, table, state, nowMs)

interface Form {
  readonly kind: StateKind
  readonly typename: string
  readonly keyTypename: string | undefined
}

const formOf = ({ kind, keyTypename, typename }: Form): string =>
  [kind, keyTypename, typename].filter((part) => part !== undefined).join(' of ')

/** The versions that the code names, against what they were when they were first seen. */
const mismatch = (table: ActorTable, state: StateSpec): string | undefined => {
  const what = `state ${table.typename}.${state.name}`
  for (const { version, typename } of [...state.from, state]) {
    const known = table.states[table.ordinalOf(stateKey(state.name, version))]
    const declared = formOf({ ...state, typename })
    if (!known || formOf(known) === declared) continue
    if (version < state.version)
      return `${what} was, as version ${version}, a ${formOf(known)}, and its migration reads a ${declared}: correct migrate.${version}.type; kind and keys stay what they are`
    const next = state.version + 1
    return (
      `${what} was declared as ${formOf(known)} and is now ${declared}: ` +
      (known.kind === state.kind && known.keyTypename === state.keyTypename
        ? `declare it with version: ${next} and migrate: { ${state.version}: { type, up } }, the old type and how its values become the new, or give the changed state another name`
        : 'give the changed state another name; a migration keeps kind and keys')
    )
  }
  return undefined
}

/** The versions that the code does not name: newer ones after a step back to old code, older ones left behind. */
const unreadVersions = (shard: Shard, table: ActorTable, state: StateSpec, nowMs: number): string | undefined => {
  for (const [ordinal, declared] of table.states.entries()) {
    const { name, version } = parseStateKey(declared.name)
    if (name !== state.name || version === state.version || state.from.some((older) => older.version === version))
      continue
    const id = shard.idWith(table, ordinal, nowMs)
    if (id === undefined) continue
    const kept = `state ${table.typename}.${name} is kept under version ${version}, as that of '${id}', and this code has version ${state.version}`
    return version > state.version
      ? `${kept}: newer code has written it. Deploy that code again; this code cannot read it`
      : `${kept} without a migration from version ${version}: declare migrate: { ${version}: { type, up } }. \`millrace state check\` tells which versions are left`
  }
  return undefined
}
