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
      const part = new Shard()
      if (next !== 'pause') {
        for (const { typename, states } of head.tables) {
          const table = part.declareFunction(typename)
          for (const state of states) part.declareState(table, state)
        }
        // What is loaded are views, and the journal is written over by the next step.
        replay(next.journal.slice(), part)
        part.loaded()
      }
      yield part
    }
  }

  end(): void {
    this.snapshot.abandon()
  }
}
