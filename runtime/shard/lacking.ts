import type { IncompleteCall } from '../model/invocation.ts'
import { askedKeysMax } from './map-state.ts'

/** Answers in a row that may ask for more while no message gets done; then the handler gets everything. */
const roundsMax = 3

/** What the calls of one address lack, from the first that goes with a part of its state to the one that lacks nothing. */
export class Lacking {
  /** The call under way, or the last one, went without something. */
  inPart = true
  /** Answers in a row that asked for more, and the keys that they asked for. */
  rounds = 0
  keys = 0
  /** The next call goes with everything. */
  whole = false

  /** Takes note of an answer; the keys themselves are with their map. */
  note({ index, missing }: IncompleteCall): void {
    if (index > 0) {
      // Messages got done: what is asked for now is for another one.
      this.rounds = 0
      this.keys = 0
      this.whole = false
    }
    this.rounds++
    for (const { keys } of missing) {
      this.keys += keys.length
      this.whole ||= keys.length === 0
    }
    this.whole ||= this.rounds > roundsMax || this.keys > askedKeysMax
  }
}
