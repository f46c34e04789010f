import { replay } from '../../shard/replay.ts'
import { Shard } from '../../shard/shard.ts'
import { Snapshot } from '../../shard/snapshot.ts'

/** Little, since a part is made at once. */
const bounds = { sectionBytes: 64 << 10, pauseBytes: 64 << 10, pauseActors: 1_000 }

/**
 * The state as it is now, in parts that are made while it goes on changing: shards that together hold everything once. Begin
 * right after a window was closed, and while no other snapshot is being taken. What it has noted of changes is in no
 * checkpoint: `end` it in any case, and the next one writes everything anew.
 */
export class SnapshotParts {
  private readonly snapshot: Snapshot

  constructor(shard: Shard, clockMs: number) {
    const slots = Array.from({ length: shard.changes.spread.slots }, (_, slot) => slot)
    this.snapshot = new Snapshot(shard, slots, clockMs, bounds)
  }

  *parts(): Generator<Shard> {
    const { snapshot } = this
    const head = new Shard()
    replay(snapshot.head, head)
    yield head
    for (let next = snapshot.next(); next; next = snapshot.next()) {
      const part = declaring(head)
      // What is loaded are views, and the journal is written over by the next step.
      if (next !== 'pause') replay(next.journal.slice(), part)
      part.loaded()
      yield part
    }
  }

  end(): void {
    this.snapshot.abandon()
  }
}

/** With the same functions and states. */
const declaring = ({ tables }: Shard): Shard => {
  const part = new Shard()
  for (const { typename, states } of tables) {
    const table = part.declareFunction(typename)
    for (const state of states) part.declareState(table, state)
  }
  return part
}
