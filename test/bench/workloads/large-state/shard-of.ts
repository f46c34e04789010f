import { string } from 'millrace'
import { Shard } from '../../../../runtime/shard/shard.ts'
import { catalogue, entryCount, entryOf, textOf } from './actor.ts'

/** Keys `first` to before `end`, with 101 entries of 1 KB each. */
export const shardOf = (first: number, end: number): Shard => {
  const shard = new Shard({ maxParallelism: 960, slots: 24 })
  const table = shard.declareFunction(catalogue.typename)
  const { typename } = string
  shard.declareState(table, { name: 'entries', kind: 'map', typename, keyTypename: typename })
  const entries = Array.from({ length: entryCount }, (_, n) => ({
    op: 'put' as const,
    state: 0,
    key: string.encode(entryOf(n)),
    value: string.encode(textOf(n)),
  }))
  for (let n = first; n < end; n++) shard.mutate(shard.actor(table, `key-${n}`), entries)
  return shard
}
