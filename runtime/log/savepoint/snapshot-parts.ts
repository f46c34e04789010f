import { replay } from '../../shard/replay.ts'
import { Shard } from '../../shard/shard.ts'
import { Snapshot } from '../../shard/snapshot.ts'

/** Little, since a part is made at once. */
const partBytes = 64 << 10

/**
 * The state as it is now, in parts that are made while it goes on changing: shards that together hold everything once.
 * Begin right after a window was closed, and while no other snapshot is being taken.
 */
export const snapshotParts = (shard: Shard): Iterable<Shard> => parts(new Snapshot(shard))

function* parts(snapshot: Snapshot): Generator<Shard> {
  let declared = new Shard()
  for (let journal = snapshot.step(partBytes); journal; journal = snapshot.step(partBytes)) {
    const part = new Shard()
    for (const { typename, states } of declared.tables) {
      const table = part.declareFunction(typename)
      for (const state of states) part.declareState(table, state)
    }
    replay(journal, part)
    declared = part
    yield part
  }
}
