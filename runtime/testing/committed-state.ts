import type { Shard } from '../shard/shard.ts'
import { type ActorInstance, ofActor } from '../sdk/actor.ts'
import { decodeState } from '../sdk/decode-state.ts'
import type { MessageDeclarations } from '../sdk/request.ts'
import type { StateDeclarations, StateSnapshot } from '../sdk/state-declaration.ts'

/** What a handler would find now: a state whose time is over is unset, though it may not have been removed yet. */
export const committedState = <S extends StateDeclarations, M extends MessageDeclarations>(
  instance: ActorInstance<S, M>,
  shard: Shard | undefined,
  nowMs: number,
): StateSnapshot<S> => {
  const actor = instance[ofActor]
  const table = shard?.table(actor.typename)
  const found = table && shard?.find(table, instance.address.id)
  const cellsOf = (key: string) => {
    const ordinal = table?.ordinalOf(key) ?? -1
    return found?.isSet(ordinal, nowMs) ? found.cells(ordinal) : undefined
  }
  return decodeState(actor, cellsOf, instance.address.id)
}
