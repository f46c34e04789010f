import { ByteReader } from '../model/bytes.ts'
import { noHeaders, type Headers } from '../model/record.ts'
import type { Mutation } from '../model/state-cells.ts'
import type { Actor, ActorTable, DelayedMessage } from './actor.ts'
import { corruptJournal } from './corrupt-journal.ts'
import { EncodedActor } from './encoded-actor.ts'
import { kinds, mutationKinds, type UndeliveredRecord } from './journal.ts'
import { LaneMessage, type MessageOrigin, type Source } from './lane.ts'
import type { Parking } from './parking.ts'
import { readCells, readCount, readStates, stateKindOf } from './read-cells.ts'
import type { RequestReply } from './requests.ts'
import type { Shard } from './shard.ts'

/**
 * Makes the changes that a journal holds to a shard. Throws STORE_CORRUPT for what cannot be a journal. `slot` is the one
 * whose section of a checkpoint this is.
 */
export const replay = (journal: Uint8Array, shard: Shard, slot = -1): void => {
  const reader = new JournalReader(journal, shard, slot)
  while (!reader.done) reader.entry()
}

class JournalReader {
  private readonly in: ByteReader
  private readonly shard: Shard
  private readonly sources = new Map<string, Source>()

  private readonly slot: number
  private readonly encoded = new EncodedActor()

  constructor(journal: Uint8Array, shard: Shard, slot: number) {
    this.in = new ByteReader(journal)
    this.shard = shard
    this.slot = slot
  }

  get done(): boolean {
    return this.in.done
  }

  entry(): void {
    const kind = this.in.u8()
    const { in: input, shard } = this
    switch (kind) {
      case kinds.actor:
        return this.slot < 0 ? this.whole() : this.stored()
      case kinds.declareFunction:
        return this.declareFunction()
      case kinds.declareState:
        return this.declareState()
      case kinds.mutate: {
        const actor = this.actor()
        const mutations = Array.from({ length: readCount(this.in) }, () => this.mutation())
        return shard.mutate(actor, mutations)
      }
      case kinds.expire:
        return shard.expireAt(this.actor(), input.uint(), input.uint())
      case kinds.restore:
        return shard.restore(this.actor(), input.uint(), readCells(input))
      case kinds.enqueue:
        return shard.enqueue(this.message(this.actor()))
      case kinds.complete:
        return shard.complete(shard.entry(input.uint()))
      case kinds.retry:
        return shard.retry(shard.entry(input.uint()), input.uint(), input.uint())
      case kinds.delay:
        return shard.delay(this.delayed(this.actor()))
      case kinds.undelay:
        return shard.undelay(input.uint())
      case kinds.position:
        return this.position()
      default:
        return this.rareEntry(kind)
    }
  }

  private rareEntry(kind: number): void {
    const { in: input, shard } = this
    switch (kind) {
      case kinds.request:
        return shard.beginRequest({
          scope: input.text(),
          fingerprint: input.text(),
          expiresAtMs: input.uint(),
          reply: undefined,
        })
      case kinds.reply:
        return shard.settleRequest(input.text(), this.reply())
      case kinds.forget:
        return shard.forgetRequest(input.text())
      case kinds.counters:
        return shard.restoreCounters(input.uint(), input.uint())
      case kinds.keepBareUndelivered:
        return shard.keepUndelivered({ ...this.bareUndelivered(), headers: noHeaders, timestampMs: undefined })
      case kinds.keepUndelivered:
        return shard.keepUndelivered({
          ...this.bareUndelivered(),
          headers: this.headers(),
          timestampMs: this.maybeTime(),
        })
      case kinds.forgetUndelivered:
        if (shard.forgetUndelivered(this.place())) return
        throw corruptJournal('the retry of a record that is not kept')
      case kinds.park:
        return shard.park(this.actor(), this.parking())
      case kinds.release:
        return shard.release(this.actor())
      case kinds.pauseActor:
        return shard.pauseActor(this.actor(), input.uint())
      case kinds.resumeActor:
        return shard.resumeActor(this.actor())
      case kinds.pauseFunction:
        return shard.pauseFunction(this.table(), input.uint())
      case kinds.resumeFunction:
        return shard.resumeFunction(this.table())
      case kinds.enqueueFirst:
        return shard.enqueueFirst(this.message(this.actor()))
      default:
        throw corruptJournal(`entry kind ${kind}, which this version does not know`)
    }
  }

  private copy(bytes: Uint8Array | null): Uint8Array | null {
    // Not slice(), which is a view where the bytes are a Buffer, and would keep a whole window alive.
    return bytes && new Uint8Array(bytes)
  }

  private table(): ActorTable {
    const ordinal = this.in.uint()
    const table = this.shard.tables[ordinal]
    if (!table) throw corruptJournal(`function ${ordinal}, which was not declared`)
    return table
  }

  private actor(): Actor {
    const table = this.table()
    return this.shard.actor(table, this.in.text())
  }

  private declareFunction(): void {
    const ordinal = this.in.uint()
    if (this.shard.declareFunction(this.in.text()).ordinal !== ordinal) throw corruptJournal('functions out of order')
  }

  private declareState(): void {
    const table = this.table()
    this.shard.declareState(table, {
      name: this.in.text(),
      kind: stateKindOf(this.in.u8()),
      typename: this.in.text(),
      keyTypename: this.maybeText(),
    })
  }

  private mutation(): Mutation {
    const op = this.in.u8()
    const state = this.in.uint()
    switch (op) {
      case mutationKinds.set:
        return { op: 'set', state, value: this.in.blob() }
      case mutationKinds.clear:
        return { op: 'clear', state }
      case mutationKinds.append:
        return { op: 'append', state, value: this.in.blob() }
      case mutationKinds.dropFront:
        return { op: 'dropFront', state, count: this.in.uint() }
      case mutationKinds.setItem:
        return { op: 'setItem', state, index: this.in.uint(), value: this.in.blob() }
      case mutationKinds.put:
        return { op: 'put', state, key: this.in.blob(), value: this.in.blob() }
      case mutationKinds.remove:
        return { op: 'remove', state, key: this.in.blob() }
      default:
        throw corruptJournal(`mutation kind ${op}`)
    }
  }

  /** All of one actor, of a checkpoint: it stays as it stands there, at rest, unless there is more to it than states. */
  private stored(): void {
    const { in: input, encoded } = this
    const begin = --input.position
    encoded.read(input)
    if (encoded.isPlain) return this.shard.keepAtRest(encoded, this.slot)
    input.position = begin + 1
    this.whole()
  }

  /** All of one actor, in place of whatever was known of it. What is done to it until the end counts as no change. */
  private whole(): void {
    const { shard } = this
    const actor = this.actor()
    if (!actor.blank) shard.wipe(actor)
    actor.slot = this.slot
    actor.changed = shard.changes.epoch
    readStates(this.in, actor)
    const stops = this.in.u8()
    if (stops & 1) shard.park(actor, this.parking())
    if (stops & 2) shard.pauseActor(actor, this.in.uint())
    for (let left = readCount(this.in); left > 0; left--) shard.delay(this.delayed(actor))
    for (let left = readCount(this.in); left > 0; left--) {
      const first = this.in.u8() === 1
      const message = this.message(actor)
      message.first = first
      shard.enqueue(message)
    }
    actor.changed = 1
    actor.snapshot = 1
    if (actor.blank) actor.table.actors.delete(actor.id)
  }

  private parking(): Parking {
    return { code: this.in.text(), message: this.in.text(), sinceMs: this.in.uint() }
  }

  private message(actor: Actor): LaneMessage<Actor> {
    const entry = this.in.uint()
    const failures = this.in.uint()
    const dueMs = this.in.uint()
    const name = this.in.text()
    const payload = this.copy(this.in.maybeBlob()) ?? undefined
    const message = new LaneMessage(actor, name, payload, this.origin())
    message.entry = entry
    message.failures = failures
    message.dueMs = dueMs
    return message
  }

  private delayed(sender: Actor): DelayedMessage {
    return {
      sender,
      timer: this.in.uint(),
      dueMs: this.in.uint(),
      token: this.maybeText(),
      typename: this.in.text(),
      id: this.in.text(),
      message: this.in.text(),
      payload: this.copy(this.in.maybeBlob()) ?? undefined,
      origin: this.origin(),
    }
  }

  private position(): void {
    const source = this.source()
    const offset = this.in.uint()
    const known = this.in.u8() === 1
    const fingerprint = known ? { timestampMs: this.in.int(), hash: this.in.int() } : undefined
    this.shard.moveTo({ source, offset, fingerprint })
  }

  private reply(): RequestReply {
    if (this.in.u8() === 1) return { ok: true, payload: this.copy(this.in.maybeBlob()) ?? undefined }
    return { ok: false, code: this.in.text(), message: this.in.text() }
  }

  private maybeText(): string | undefined {
    return this.in.u8() === 1 ? this.in.text() : undefined
  }

  /** One object for each partition, as the messages of a running shard share theirs. */
  private source(): Source {
    const source = { ingress: this.in.text(), topic: this.in.text(), partition: this.in.uint() }
    const key = JSON.stringify(source)
    const known = this.sources.get(key)
    if (!known) this.sources.set(key, source)
    return known ?? source
  }

  private origin(): MessageOrigin {
    const messageId = this.maybeText()
    const request = this.maybeText()
    const flags = this.in.u8()
    const caller = flags & 1 ? { typename: this.in.text(), id: this.in.text() } : undefined
    const replyTo = flags & 2 ? { typename: this.in.text(), id: this.in.text(), message: this.in.text() } : undefined
    if (!(flags & 4)) return { messageId, request, caller, replyTo }
    const source = this.source()
    const routeIndex = this.in.uint()
    const record = {
      offset: this.in.uint(),
      timestampMs: this.in.int(),
      key: this.copy(this.in.maybeBlob()),
      value: this.copy(this.in.maybeBlob()),
      headers: this.headers(),
    }
    return { messageId, request, caller, replyTo, source, record, routeIndex }
  }

  private place(): UndeliveredRecord['place'] {
    return { log: this.in.text(), window: this.in.uint(), index: this.in.uint() }
  }

  private bareUndelivered(): Omit<UndeliveredRecord, 'headers' | 'timestampMs'> {
    return {
      place: this.place(),
      topic: this.in.text(),
      reason: this.in.text(),
      key: this.copy(this.in.maybeBlob()),
      value: this.copy(this.in.maybeBlob()),
    }
  }

  private maybeTime(): number | undefined {
    const timestampMs = this.in.int()
    return timestampMs < 0 ? undefined : timestampMs
  }

  private headers(): Headers {
    return Array.from({ length: readCount(this.in) }, () => [this.in.text(), this.copy(this.in.maybeBlob())] as const)
  }
}
