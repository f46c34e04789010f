import type { IncompleteCall, MapPart } from '../model/invocation.ts'
import type { BatchRequestWriter } from '../protocol/batch-request-writer.ts'
import type { Actor } from '../shard/actor.ts'
import { Lacking } from '../shard/lacking.ts'
import { WalkedMaps } from './walked-maps.ts'

/** Writes the state of actors into the calls of one endpoint: all of it, but for large maps, of which a part. */
export class SentState {
  private readonly walked = new WalkedMaps()
  private readonly wholeMapBytesMax: number

  /** @param wholeMapBytesMax for a message, see model/limits; Infinity for an endpoint that takes no parts of maps */
  constructor(wholeMapBytesMax: number) {
    this.wholeMapBytesMax = wholeMapBytesMax
  }

  /**
   * Writes into the open call what is set.
   * @param fn the function's place in the request
   * @param count of the call's messages
   */
  write(writer: BatchRequestWriter, fn: number, actor: Actor, count: number): void {
    const { lane } = actor
    const inPart = actor.hasState && this.states(writer, fn, actor, count)
    if (!lane) return
    if (lane.lacking) lane.lacking.inPart = inPart
    else if (inPart) lane.lacking = new Lacking()
  }

  /** What a handler lacked: one that asks for all of a map gets it whole for a while. */
  lacked(fn: number, { missing }: IncompleteCall): void {
    for (const { state, keys } of missing) if (keys.length === 0) this.walked.asked(fn, state)
  }

  /** Answers whether a part of it has stayed behind. */
  private states(writer: BatchRequestWriter, fn: number, actor: Actor, count: number): boolean {
    const bytesMax = actor.lane?.lacking?.whole ? Infinity : this.wholeMapBytesMax * count
    let inPart = false
    for (let state = 0; state < actor.table.states.length; state++) {
      const value = actor.value(state)
      if (value !== undefined) {
        writer.value(state, value)
        continue
      }
      const part = this.part(fn, actor, state, bytesMax)
      const cells = part ?? actor.cells(state)
      if (cells) writer.state({ state, cells })
      inPart ||= part !== undefined
    }
    return inPart
  }

  private part(fn: number, actor: Actor, state: number, bytesMax: number): MapPart | undefined {
    // What is kept under an older version moves to the present one as a whole.
    if (bytesMax === Infinity || actor.table.successors[state] !== undefined) return undefined
    const part = actor.mapPart(state, bytesMax, actor.lane?.lacking?.keys ?? 0)
    return part && !this.walked.next(fn, state) ? part : undefined
  }
}
