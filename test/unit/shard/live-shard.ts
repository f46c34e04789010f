import type { Spread } from '../../../runtime/model/key-group.ts'
import { Journal } from '../../../runtime/shard/journal.ts'
import { Shard } from '../../../runtime/shard/shard.ts'
import { type Command, declare, perform } from './model.ts'

/** A shard at work, with the functions of the model. */
export const liveShard = (spread?: Spread): Shard => {
  const shard = new Shard(spread)
  shard.journal = new Journal(16)
  declare(shard)
  return shard
}

export const performAll = (shard: Shard, all: readonly Command[]): void => {
  for (const each of all) perform(shard, each)
}

/** Closes a window as the coordinator does. */
export const close = (shard: Shard): Uint8Array => {
  shard.journalArrivals()
  return shard.journal!.take()
}
