import { isMillraceError, messageOf } from '../model/errors.ts'
import type { Limits } from '../model/limits.ts'
import { murmur2 } from '../model/hash.ts'
import { noBytes, exceedsBytes } from '../model/bytes.ts'
import type { LogRecord } from '../model/record.ts'
import { isOwnId } from '../model/record-key.ts'
import type { KeyedMessage, Route, RoutedMessage } from '../model/topology.ts'
import type { Applier } from '../shard/apply.ts'
import type { Actor } from '../shard/actor.ts'
import type { Source } from '../shard/lane.ts'
import type { ParkedBounds } from '../shard/parked-bounds.ts'
import type { Shard } from '../shard/shard.ts'
import type { Taken } from './poll.ts'

/** Puts records into the lanes of the addresses that the routes give them, and keeps the positions. */
export class Router {
  private readonly shard: Shard
  private readonly limits: Limits
  private readonly parkedBounds: ParkedBounds
  private readonly routes = new Map<string, Route[]>()
  private readonly moved = new Map<Source, { next: number; last: LogRecord | undefined }>()
  private full: Actor | undefined
  private parkedFull = false
  recordsRouted = 0

  constructor(shard: Shard, routes: readonly Route[], limits: Limits, parkedBounds: ParkedBounds) {
    this.shard = shard
    this.limits = limits
    this.parkedBounds = parkedBounds
    for (const route of routes) this.routes.set(route.ingress, [...(this.routes.get(route.ingress) ?? []), route])
  }

  /**
   * A lane is at its bound: nothing more is routed until it has drained to half of it. Or a stopped address got a message
   * while all of them together are at theirs, and `whenFull` says to wait until there is room.
   */
  get held(): boolean {
    const waiting = this.full?.lane?.messages.length ?? 0
    if (waiting <= this.limits.laneMessagesMax / 2) this.full = undefined
    this.parkedFull &&= this.parkedBounds.full
    return this.full !== undefined || this.parkedFull
  }

  get hasMoved(): boolean {
    return this.moved.size > 0
  }

  route(taken: Taken, applier: Applier): void {
    const { source, records, next } = taken
    const routes = this.routes.get(source.ingress) ?? []
    for (const record of records) this.record(source, record, routes, applier)
    const last = records[records.length - 1] ?? this.moved.get(source)?.last
    this.moved.set(source, { next, last })
    this.recordsRouted += records.length
  }

  /** Journals how far each partition has been routed. Called once, when a window is closed. */
  journalPositions(): void {
    for (const [source, { next, last }] of this.moved) {
      const known = last?.offset === next - 1 ? last : undefined
      const fingerprint = known && { timestampMs: known.timestampMs, hash: murmur2(known.value ?? noBytes) }
      this.shard.moveTo({ source, offset: next, fingerprint })
    }
    this.moved.clear()
  }

  private record(source: Source, record: LogRecord, routes: readonly Route[], applier: Applier): void {
    let routeIndex = 0
    for (const route of routes) {
      try {
        if (route.byKey && this.keyed(source, record, routeIndex, route.byKey, applier)) {
          routeIndex++
          continue
        }
        for (const message of route.messagesOf(record, source.topic, source.partition))
          this.message(source, record, routeIndex++, message, applier)
      } catch (error) {
        const code = isMillraceError(error) ? error.code : 'ROUTE_INVALID'
        const origin = { source, record, routeIndex: routeIndex++ }
        const failed = { address: undefined, name: undefined, payload: undefined, origin, messageId: '', attempts: 0 }
        applier.undeliverable(failed, { code, message: messageOf(error) })
      }
    }
  }

  /**
   * Puts a record into the lane of the actor that its key names, found by the key's bytes. False where `message` has to do it:
   * nobody knows that actor, or there is something to look into.
   */
  private keyed(source: Source, record: LogRecord, routeIndex: number, to: KeyedMessage, applier: Applier): boolean {
    const { key } = record
    const actor = key && isOwnId(key) ? this.shard.table(to.typename)?.actors.withBytes(key) : undefined
    if (!actor) return false
    const payload = to.payloadOf(record)
    if (payload && payload.length > this.limits.valueBytesMax) return false
    applier.deliverTo(actor, to.message, payload, { source, record, routeIndex })
    this.delivered(actor)
    return true
  }

  private message(
    source: Source,
    record: LogRecord,
    routeIndex: number,
    routed: RoutedMessage,
    applier: Applier,
  ): void {
    const { typename, message, payload } = routed
    // No UTF-8 has a lone surrogate: what is stored of such an id would come back as another.
    const id = routed.id.isWellFormed() ? routed.id : routed.id.toWellFormed()
    const origin = { source, record, routeIndex }
    const bytes = payload?.length ?? 0
    const { valueBytesMax, idBytesMax } = this.limits
    const idTooLong = exceedsBytes(id, idBytesMax)
    if (idTooLong || bytes > valueBytesMax) {
      const what = idTooLong ? 'the id is' : `the payload of ${bytes} bytes is`
      const limit = idTooLong ? `${idBytesMax} bytes (limits.idBytesMax)` : `${valueBytesMax} (limits.valueBytesMax)`
      const failure = { code: 'LIMIT_EXCEEDED', message: `${what} beyond ${limit}` }
      const failed = {
        address: `${typename}/${id.slice(0, 64)}`,
        name: message,
        payload,
        origin,
        messageId: '',
        attempts: 0,
      }
      return applier.undeliverable(failed, failure)
    }
    const actor = applier.deliver(typename, id, message, payload, origin)
    if (actor) this.delivered(actor)
  }

  private delivered(actor: Actor): void {
    const { lane } = actor
    if (!lane || (lane.stopped && !this.parkedBounds.holds(actor))) return
    if (lane.messages.length >= this.limits.laneMessagesMax) this.full = actor
    if (lane.stopped) this.parkedFull ||= this.parkedBounds.full
  }
}
