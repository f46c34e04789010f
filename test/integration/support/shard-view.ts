import type { Shard } from '../../../runtime/shard/shard.ts'
import { decodeState } from '../../../runtime/sdk/decode-state.ts'
import type { Actor } from '../../../runtime/sdk/actor.ts'
import type { MessageDeclarations } from '../../../runtime/sdk/request.ts'
import type { StateDeclarations, StateSnapshot } from '../../../runtime/sdk/state-declaration.ts'

/** What a coordinator holds, as it travels from its process to the test. */
export interface ShardView {
  /** Of messages, delayed ones included, and records that nobody has seen the end of. */
  readonly pending: number
  readonly delayed: number
  readonly parked: readonly { readonly topic: string; readonly reason: string }[]
  /** By typename and id the bytes of each value, as base64. */
  readonly state: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>
}

/** Looks at a shard: the values (no lists, no maps) of all actors of these types. */
export const shardView = (shard: Shard, typenames: readonly string[]): ShardView => ({
  pending: shard.pendingMessages,
  delayed: shard.tables.flatMap(({ actors }) => [...actors.values()]).reduce((sum, { delayed }) => sum + delayed, 0),
  parked: [...shard.parked.values()].map(({ topic, reason }) => ({ topic, reason })),
  state: Object.fromEntries(typenames.map((typename) => [typename, actorsOf(shard, typename)])),
})

const actorsOf = (shard: Shard, typename: string): Record<string, Record<string, string>> => {
  const table = shard.table(typename)
  if (!table) return {}
  const view: Record<string, Record<string, string>> = {}
  for (const [id, actor] of table.actors) {
    const values: Record<string, string> = {}
    for (const [ordinal, { name }] of table.states.entries()) {
      const cells = actor.cells(ordinal)
      if (cells?.kind === 'value') values[name] = Buffer.from(cells.value).toString('base64')
    }
    view[id] = values
  }
  return view
}

/** The state of one actor in a view, by the actor's own types. */
export const stateIn = <S extends StateDeclarations, M extends MessageDeclarations>(
  view: ShardView,
  actor: Actor<S, M>,
  id: string,
): StateSnapshot<S> => {
  const values = view.state[actor.typename]?.[id] ?? {}
  return decodeState(actor, (name) => {
    const value = values[name]
    return value === undefined ? undefined : { kind: 'value', value: Buffer.from(value, 'base64') }
  })
}
