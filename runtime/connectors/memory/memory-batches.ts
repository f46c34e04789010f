import type { LogContents, LogStore, StoredBatch } from './log-store.ts'

const nothing: LogContents = { topics: [], producers: new Map() }

/** Batches in memory: nothing is found again. */
export class MemoryBatches implements LogStore {
  private readonly batches = new Map<string, StoredBatch[]>()
  private readonly groups = new Map<string, number>()

  load(): LogContents {
    return nothing
  }
  saveTopic(): void {}
  saveProducer(): void {}
  openTransaction(): void {}
  closeTransaction(): void {}

  saveGroupOffset(group: string, topic: string, partition: number, offset: number): void {
    this.groups.set(JSON.stringify([group, topic, partition]), offset)
  }

  groupOffset(group: string, topic: string, partition: number): number | undefined {
    return this.groups.get(JSON.stringify([group, topic, partition]))
  }

  append(topic: string, partition: number, batch: StoredBatch): void {
    this.of(topic, partition).push(batch)
  }

  read(topic: string, partition: number, fromOffset: number, beforeOffset: number, bytesMax: number): StoredBatch[] {
    const batches = this.of(topic, partition)
    const read: StoredBatch[] = []
    let bytes = 0
    for (let i = firstEndingAt(batches, fromOffset); i < batches.length; i++) {
      const batch = batches[i]!
      bytes += batch.payload.length
      if (batch.baseOffset >= beforeOffset || (read.length > 0 && bytes > bytesMax)) break
      read.push(batch)
    }
    return read
  }

  firstAtOrAfter(topic: string, partition: number, timestampMs: number): StoredBatch | undefined {
    return this.of(topic, partition).find((batch) => !batch.control && batch.maxTimestampMs >= timestampMs)
  }

  trim(topic: string, partition: number, offset: number): void {
    const batches = this.of(topic, partition)
    batches.splice(0, firstEndingAt(batches, offset))
  }

  private of(topic: string, partition: number): StoredBatch[] {
    const key = `${partition}/${topic}`
    const there = this.batches.get(key)
    if (there) return there
    const made: StoredBatch[] = []
    this.batches.set(key, made)
    return made
  }
}

/** The place of the first batch that ends at or after an offset. */
const firstEndingAt = (batches: readonly StoredBatch[], offset: number): number => {
  let low = 0
  let high = batches.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (batches[middle]!.lastOffset < offset) low = middle + 1
    else high = middle
  }
  return low
}
