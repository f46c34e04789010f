import type { CheckpointPointer, Manifest } from './manifest.ts'

/** So many checkpoints are kept in the time that one can go back, about evenly spread: windows bridge the rest. */
const retainedMax = 64

/**
 * The checkpoints that are kept beside a new one, oldest first: those of the last `retainMs`, and the one before these, so
 * that every commit in that time comes after one of them.
 */
export const retainedAfter = (
  { checkpoint, retained, logs }: Pick<Manifest, 'checkpoint' | 'retained' | 'logs'>,
  next: CheckpointPointer,
  retainMs: number,
): readonly CheckpointPointer[] => {
  if (retainMs <= 0) return []
  const all = [...retained]
  const last = all.at(-1)
  // Before the first there was nothing.
  const before = checkpoint ?? { log: logs[0]?.log ?? next.log, number: 0, clockMs: 0, parts: [] }
  if (!last || before.clockMs - last.clockMs >= retainMs / retainedMax) all.push(before)
  const horizonMs = next.clockMs - retainMs
  const first = [...all, next].findLastIndex(({ clockMs }) => clockMs <= horizonMs)
  return all.slice(Math.max(0, first))
}
