import { string } from 'millrace'
import { Shard } from '../../../../runtime/shard/shard.ts'
import { profile } from './actor.ts'

/** Keys `first` to before `end`, with 100 bytes each. */
export const shardOf = (first: number, end: number): Shard => {
  const shard = new Shard({ maxParallelism: 960, slots: 24 })
  const { typename } = profile
  const table = shard.declareFunction(typename)
  shard.declareState(table, { name: 'text', kind: 'value', typename: string.typename, keyTypename: undefined })
  for (let n = first; n < end; n++) {
    const value = string.encode(`${n} `.padEnd(98, 'abcdefghij'))
    shard.mutate(shard.actor(table, `key-${n}`), [{ op: 'set', state: 0, value }])
  }
  return shard
}
