const wholeCallsMax = 1_024

interface Walked {
  /** Calls that still get it whole, and how many did the last time. */
  left: number
  last: number
  /** Calls since then that went with a part. */
  parts: number
}

/**
 * Large maps that handlers walk through: code that does so needs all of them in most calls, and asking for it each time would
 * double the calls. A map that was asked for as a whole goes whole for a while, each time twice as long; then a part has to
 * do again.
 */
export class WalkedMaps {
  /** By the function's place and the state's ordinal. */
  private readonly maps: (Walked | undefined)[][] = []

  /** Whether the next call gets this map whole, though it is large. */
  next(fn: number, state: number): boolean {
    const walked = this.maps[fn]?.[state]
    if (!walked) return false
    if (walked.left === 0) {
      walked.parts++
      return false
    }
    walked.left--
    return true
  }

  /** A handler asked for all of this map. */
  asked(fn: number, state: number): void {
    const maps = (this.maps[fn] ??= [])
    const walked = (maps[state] ??= { left: 0, last: 0, parts: 0 })
    // Of the calls that were under way together the first counts.
    if (walked.left > 0) return
    walked.last = walked.parts > walked.last ? 1 : Math.min(Math.max(1, walked.last * 2), wholeCallsMax)
    walked.left = walked.last
    walked.parts = 0
  }
}
