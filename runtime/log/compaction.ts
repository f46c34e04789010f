import type { Root } from './root.ts'

/** Bytes of objects that are not read any more are put up with while they are no more than what is, and this. */
const garbageBytesMin = 8 << 20

/**
 * The slots that the next checkpoint writes whole.
 *
 * A slot whose deltas are larger than its base: rewriting it costs at most base and deltas, less than twice the deltas, so
 * each byte of a delta is written three times at most. As finding a slot's addresses is a walk over all, those that are
 * half-way are rewritten along with it, so four times.
 *
 * And slots that keep an object alive of which less than half is read, once garbage outgrows what is alive.
 */
export const slotsToRewrite = (root: Root | undefined): ReadonlySet<number> => {
  const slots = new Set<number>()
  if (!root) return slots
  const alive = aliveBySlot(root)
  const outgrown = (share: number): number[] =>
    [...alive].filter(([slot, bytes]) => bytes - base(slot) > share * base(slot)).map(([slot]) => slot)
  const base = (slot: number): number => root.bases.get(slot) ?? 0
  if (outgrown(1).length > 0) for (const slot of outgrown(0.5)) slots.add(slot)
  const stored = root.segments.reduce((sum, { bytes }) => sum + bytes, 0)
  const read = sum(alive.values())
  if (stored > 2 * read + garbageBytesMin)
    for (const segment of root.segments)
      if (2 * sum(segment.slots.values()) < segment.bytes) for (const slot of segment.slots.keys()) slots.add(slot)
  return slots
}

const aliveBySlot = (root: Root): ReadonlyMap<number, number> => {
  const alive = new Map<number, number>()
  for (const { slots } of root.segments)
    for (const [slot, bytes] of slots) alive.set(slot, (alive.get(slot) ?? 0) + bytes)
  return alive
}

const sum = (numbers: Iterable<number>): number => {
  let all = 0
  for (const each of numbers) all += each
  return all
}
