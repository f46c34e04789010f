import { MillraceError } from '../model/errors.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { Section, Snapshot } from '../shard/snapshot.ts'
import type { Spread } from '../model/key-group.ts'
import { corruptObject } from './envelope.ts'
import type { CheckpointPlace } from './manifest.ts'
import { rootKey, segmentKey } from './names.ts'
import { encodeRoot, type Root, type Segment } from './root.ts'
import { decodeSegment, SegmentWriter } from './segment.ts'

/** A segment is written once it has so many bytes, and gets no section with which it would be too large. */
const segmentBytes = 4 << 20
const segmentBytesMax = 6 << 20
/** The last segment, when it has fewer, goes into the next one: or an application with little to do had many tiny ones. */
const carriedBytesMax = 1 << 20

export interface WriteOptions {
  readonly uuid: string
  readonly spread: Spread
  /** The checkpoint on which this one builds. */
  readonly before: Root | undefined
  /** Asked before each PUT: whether to give up. */
  readonly isAbandoned: () => boolean
}

/**
 * Writes what a snapshot adds to the checkpoint before, segment by segment while the shard goes on, and the root last. It
 * counts only once the manifest points to that root: until then all of it is orphans.
 */
export const writeCheckpoint = async (
  store: ObjectStore,
  clock: Clock,
  snapshot: Snapshot,
  place: CheckpointPlace,
  options: WriteOptions,
): Promise<Root> => new CheckpointWriter(store, clock, place, options).write(snapshot)

class CheckpointWriter {
  private readonly store: ObjectStore
  private readonly clock: Clock
  private readonly place: CheckpointPlace
  private readonly options: WriteOptions
  private readonly segments: Segment[] = []
  private readonly written = new Map<number, number>()
  private carried: Segment | undefined
  private readonly segment = new SegmentWriter()

  constructor(store: ObjectStore, clock: Clock, place: CheckpointPlace, options: WriteOptions) {
    this.store = store
    this.clock = clock
    this.place = place
    this.options = options
  }

  async write(snapshot: Snapshot): Promise<Root> {
    for (let next = snapshot.next(); next; next = snapshot.next()) {
      if (next === 'pause') {
        await sleep(this.clock, 0)
        continue
      }
      if (this.segment.bytes === 0) await this.carry(snapshot.full)
      const { bytes } = this.segment
      if (bytes > 0 && bytes + next.journal.length > segmentBytesMax) await this.flush()
      this.written.set(next.slot, (this.written.get(next.slot) ?? 0) + next.journal.length)
      this.add(next)
      if (this.segment.bytes >= segmentBytes) await this.flush()
    }
    await this.flush()
    const root = this.root(snapshot)
    await this.put(rootKey(this.options.uuid, root.log, root.number), encodeRoot(root))
    return root
  }

  private add(section: Section): void {
    const { log, number } = this.place
    this.segment.add(section, { log, number, part: this.segments.length })
  }

  /** Takes what the last segment of the checkpoint before has into the first one of this. */
  private async carry(full: ReadonlySet<number>): Promise<void> {
    const last = this.options.before?.segments.at(-1)
    if (this.segments.length > 0 || !last || last.bytes >= carriedBytesMax) return
    const object = await this.store.get(last.key)
    if (!object) throw corruptObject(last.key, 'is missing, though the checkpoint needs it')
    this.carried = last
    for (const section of decodeSegment(object.bytes, last.key))
      if (last.slots.has(section.slot) && !full.has(section.slot)) this.add(section)
  }

  private async flush(): Promise<void> {
    if (this.segment.bytes === 0) return
    const { log, number } = this.place
    const key = segmentKey(this.options.uuid, log, number, this.segments.length)
    const { object, slots } = this.segment.take()
    await this.put(key, object)
    this.segments.push({ key, bytes: object.length, slots })
  }

  private root({ full, head }: Snapshot): Root {
    const { before, spread } = this.options
    const kept: Segment[] = []
    const had = new Set<number>()
    for (const segment of before?.segments ?? []) {
      const slots = new Map([...segment.slots].filter(([slot]) => !full.has(slot)))
      for (const slot of slots.keys()) had.add(slot)
      if (slots.size > 0 && segment !== this.carried) kept.push({ ...segment, slots })
    }
    const bases = new Map([...(before?.bases ?? [])].filter(([slot]) => had.has(slot)))
    for (const [slot, bytes] of this.written) if (!had.has(slot)) bases.set(slot, bytes)
    const { log, number, clockMs } = this.place
    return { log, number, clockMs, spread, head, bases, segments: [...kept, ...this.segments] }
  }

  private async put(key: string, bytes: Uint8Array): Promise<void> {
    for (let pause = 50; ; pause = Math.min(pause * 2, 2_000)) {
      if (this.options.isAbandoned()) throw new MillraceError('INTERNAL', 'the coordinator has ended')
      if ((await this.store.put(key, bytes)).kind === 'ok') return
      // Such a request may still be under way when the next segment is written.
      this.segment.leave()
      await sleep(this.clock, pause)
    }
  }
}
