import type { AbortedRange, OpenTransaction, PartitionContents } from './log-store.ts'

/** What is known of one partition besides its batches: where it begins and ends, and how its transactions stand. */
export class PartitionState {
  logStartOffset: number
  nextOffset: number
  private readonly open: Map<number, number>
  private readonly aborted: AbortedRange[]

  constructor(contents?: PartitionContents) {
    this.logStartOffset = contents?.logStartOffset ?? 0
    this.nextOffset = contents?.nextOffset ?? 0
    this.open = new Map(contents?.open.map(({ producerId, firstOffset }) => [producerId, firstOffset]))
    this.aborted = [...(contents?.aborted ?? [])]
  }

  /** Takes the next `count` offsets and answers the first. */
  take(count: number): number {
    const first = this.nextOffset
    this.nextOffset += count
    return first
  }

  /** Notes that a producer wrote in a transaction; answers it if this is its first write here. */
  began(producerId: number, firstOffset: number): OpenTransaction | undefined {
    if (this.open.has(producerId)) return undefined
    this.open.set(producerId, firstOffset)
    return { producerId, firstOffset }
  }

  hasOpen(producerId: number): boolean {
    return this.open.has(producerId)
  }

  ended(producerId: number, controlOffset: number, decision: 'commit' | 'abort'): AbortedRange | undefined {
    const firstOffset = this.open.get(producerId)
    this.open.delete(producerId)
    if (decision === 'commit' || firstOffset === undefined) return undefined
    const aborted = { producerId, firstOffset, lastOffset: controlOffset }
    this.aborted.push(aborted)
    return aborted
  }

  /** The first record of the oldest open transaction, else the end. */
  get lastStableOffset(): number {
    let stable = this.nextOffset
    for (const firstOffset of this.open.values()) stable = Math.min(stable, firstOffset)
    return stable
  }

  /** The aborted transactions that overlap a range, in the order in which they were aborted, as Kafka answers them. */
  abortedWithin(fromOffset: number, beforeOffset: number): AbortedRange[] {
    // Control offsets ascend: skip those that ended before the range by halving.
    let low = 0
    let high = this.aborted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.aborted[middle]!.lastOffset < fromOffset) low = middle + 1
      else high = middle
    }
    const overlapping: AbortedRange[] = []
    for (let i = low; i < this.aborted.length; i++)
      if (this.aborted[i]!.firstOffset < beforeOffset) overlapping.push(this.aborted[i]!)
    return overlapping
  }
}
