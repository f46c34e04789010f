import { expect, test } from 'vitest'
import { Journal } from '../../../runtime/shard/journal.ts'
import type { Actor } from '../../../runtime/shard/actor.ts'
import { LaneMessage } from '../../../runtime/shard/lane.ts'
import { replay } from '../../../runtime/shard/replay.ts'
import { Shard } from '../../../runtime/shard/shard.ts'

test('an address whose lane was emptied and filled again in what is replayed is ready once', () => {
  const shard = new Shard()
  const journal = (shard.journal = new Journal())
  const actor = () => shard.actor(shard.declareFunction('a/b'), 'x')
  const arrive = (): LaneMessage<Actor> => {
    const message = new LaneMessage(actor(), 'm', undefined, { messageId: '1' })
    shard.enqueue(message)
    shard.journalArrivals()
    return message
  }
  shard.complete(arrive())
  shard.complete(arrive())
  arrive()

  const recovered = new Shard()
  replay(journal.take(), recovered)
  const ready = recovered.ready.take()
  // Twice ready is twice in flight at once: effects doubled, and messages completed that no handler has seen.
  expect(ready.map(({ id }) => id)).toEqual(['x'])
  expect(ready[0]?.lane?.messages).toHaveLength(1)
})
