import type { Manifest, RootPointer } from './manifest.ts'

/** So many checkpoints are kept in the time that one can go back, about evenly spread: windows bridge the rest. */
const retainedMax = 64

/**
 * The checkpoints that are kept beside a new one, oldest first: those of the last `retainMs`, and the one before these, so
 * that every commit in that time comes after one of them.
 */
export const retainedAfter = (
  { checkpoint, retained }: Pick<Manifest, 'checkpoint' | 'retained'>,
  next: RootPointer,
  retainMs: number,
): readonly RootPointer[] => {
  if (retainMs <= 0) return []
  const all = [...retained]
  const last = all.at(-1)
  if (checkpoint && 'root' in checkpoint && (!last || checkpoint.clockMs - last.clockMs >= retainMs / retainedMax))
    all.push(checkpoint)
  const horizonMs = next.clockMs - retainMs
  const first = [...all, next].findLastIndex(({ clockMs }) => clockMs <= horizonMs)
  return all.slice(Math.max(0, first))
}
