import { ByteReader } from '../model/bytes.ts'
import { slotOf, type Spread } from '../model/key-group.ts'
import { Actor, type ActorTable } from './actor.ts'
import { Changes } from './changes.ts'
import { EncodedActor } from './encoded-actor.ts'
import { FunctionTable } from './function-table.ts'
import { Journal } from './journal.ts'
import { RestingActors } from './resting-actors.ts'

/** A checkpoint that is being written. */
interface ActiveSnapshot {
  /** Called before the first change of an actor after its start. */
  beforeChange(actor: Actor): void
  /** Called when an actor that was at rest is made. */
  woken(actor: Actor): void
  awaits(actor: Actor): boolean
}

/** What takes more stays an object: to encode it and to read it again would hold up others. */
const restingBytesMax = 64 << 10

/**
 * The actors of a shard: objects, or bytes while they are *at rest*. One that is asked for is made of its bytes; nobody else
 * sees a difference.
 */
export class ShardActors {
  readonly tables: ActorTable[] = []
  /** What the next checkpoint has to write. */
  readonly changes: Changes
  snapshot: ActiveSnapshot | undefined
  protected readonly resting = new RestingActors()
  private readonly byTypename = new Map<string, ActorTable>()
  private readonly encoder = new Journal(1 << 10)
  private readonly encoded = new EncodedActor()

  constructor(spread: Spread) {
    this.changes = new Changes(spread)
  }

  table(typename: string): ActorTable | undefined {
    return this.byTypename.get(typename)
  }

  protected newTable(typename: string): ActorTable {
    return new FunctionTable<Actor>(this.tables.length, typename)
  }

  protected addTable(table: ActorTable): void {
    this.tables.push(table)
    this.byTypename.set(table.typename, table)
  }

  find(table: ActorTable, id: string): Actor | undefined {
    return table.actors.get(id) ?? (table.resting > 0 ? this.wake(table, id) : undefined)
  }

  actor(table: ActorTable, id: string): Actor {
    return table.actors.get(id) ?? (table.resting > 0 ? this.wake(table, id) : undefined) ?? this.come(table, id)
  }

  /** Every actor of a function, in no order; those at rest as copies, which are to be read and not to be changed. */
  *actorsOf(table: ActorTable): Generator<Actor> {
    yield* table.actors.values()
    if (table.resting > 0) for (const encoded of this.resting.encoded(table)) yield this.resting.peek(table, encoded)
  }

  /** The id of an actor that has this state at `nowMs`; undefined after a look at all of them. */
  idWith(table: ActorTable, ordinal: number, nowMs: number): string | undefined {
    for (const actor of table.actors.values()) if (actor.isSet(ordinal, nowMs)) return actor.id
    for (const encoded of this.resting.encoded(table)) if (encoded.isSet(ordinal, nowMs)) return encoded.id
    return undefined
  }

  /** The actors at rest in these slots, and some others, as they are stored; it is the same object each time. */
  atRest(slots: ReadonlySet<number>): Iterable<EncodedActor> {
    return this.resting.encoded(undefined, slots)
  }

  private come(table: ActorTable, id: string): Actor {
    const gone = table.gone.size > 0 ? table.gone.get(id) : undefined
    if (gone) table.gone.delete(id)
    const actor = gone ?? new Actor(table, id)
    table.actors.add(actor)
    return actor
  }

  private wake(table: ActorTable, id: string): Actor | undefined {
    const actor = this.resting.take(table, id)
    if (!actor) return undefined
    actor.slot = slotOf(id, this.changes.spread)
    actor.changed = 1
    actor.snapshot = 1
    table.actors.add(actor)
    this.snapshot?.woken(actor)
    return actor
  }

  /** Puts an actor to rest if it has states and nothing else, and no change in `epoch` or since. Answers whether it did. */
  rest(actor: Actor, epoch: number): boolean {
    if (actor.changed >= epoch || actor.lane || actor.timers || actor.stop || !actor.hasState) return false
    if (actor.stateBytes > restingBytesMax) return false
    const { table, id } = actor
    const { encoder, encoded } = this
    encoder.reset()
    encoder.actor(actor, [])
    encoded.read(new ByteReader(encoder.view()))
    table.actors.delete(id)
    table.stateBytes -= actor.stateBytes
    this.resting.add(table, encoded)
    return true
  }

  /** Gives up memory that actors at rest have left, a piece at each step. */
  tidy(): Iterable<void> {
    return this.resting.tidy()
  }

  /** Call before each change that a checkpoint has to hold. */
  protected touch(actor: Actor): void {
    if (actor.changed === this.changes.epoch) return
    this.snapshot?.beforeChange(actor)
    this.changes.note(actor)
  }

  /** Removes an actor of which nothing is left; set aside as long as a checkpoint has yet to say so. */
  protected vanish(actor: Actor): void {
    const { table, id } = actor
    table.actors.delete(id)
    if (this.isNoted(actor)) table.gone.set(id, actor)
  }

  private isNoted(actor: Actor): boolean {
    return actor.changed === this.changes.epoch || this.snapshot?.awaits(actor) === true
  }

  /** The snapshot has taken note of an actor: if nothing is left of it, nobody needs it any more. */
  noticed(actor: Actor): void {
    if (actor.blank && !this.isNoted(actor)) actor.table.gone.delete(actor.id)
  }
}
