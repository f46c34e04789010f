import type { Shard } from '../../../runtime/shard/shard.ts'
import type { Actors } from '../workload/interpreter.ts'
import type { Fed } from '../world/feeder.ts'
import { isDoomed } from './expect.ts'
import { actorsOf } from './facts.ts'

/**
 * Positions and state are those of one moment: of a record before the position the effects or the open message are there,
 * of one at or beyond it neither. What fails for good leaves nothing in the state, so it says nothing.
 */
export const auditPositions = (shard: Shard, actors: Actors, fed: readonly Fed[]): readonly string[] => {
  const known = new Set<string>()
  for (const { log } of actorsOf(shard, actors)) for (const { command } of log) known.add(command)
  const open = new Set<string>()
  for (const { origin } of shard.openEntries())
    if (origin.source) open.add(placeOf(origin.source.partition, origin.record?.offset))
  const wrong: string[] = []
  for (const { input, partition, offset } of fed) {
    if (isDoomed(input.command)) continue
    const { id } = input.command
    const isThere = known.has(id) || open.has(placeOf(partition, offset))
    const position = shard.positions.get({ ingress: 'in', topic: 'in', partition })?.offset ?? 0
    if (position > offset && !isThere)
      wrong.push(`${id} at ${offset} is not in the state, but the position is ${position}`)
    if (position <= offset && isThere) wrong.push(`${id} at ${offset} is in the state, but the position is ${position}`)
  }
  return wrong
}

const placeOf = (partition: number, offset: number | undefined): string => `${partition}/${offset}`
