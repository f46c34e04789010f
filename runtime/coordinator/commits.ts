import type { Clock } from '../ports/clock.ts'
import { randomId, type Random } from '../ports/random.ts'
import type { Committer, CommitOutcome } from '../log/commit.ts'
import type { MarkerHint } from '../log/log-entry.ts'
import type { ClosedWindow, OpenWindow } from './open-window.ts'

export interface CommitEvent {
  readonly kind: 'committed'
  readonly window: ClosedWindow
  readonly outcome: CommitOutcome
  readonly ms: number
}

/** What tells whether it pays to leave a window open. */
export interface CommitLoad {
  /** Messages that would have to be written as open. */
  readonly unjournaled: number
  /** Of all messages that are open. */
  readonly pendingBytes: number
  /** Records that have been read and not taken in. */
  readonly backlog: number
}

export interface CommitsOptions {
  readonly log: string
  readonly minIntervalMs: number
}

/** With so many messages still open a window stays open, so long at most, for fewer of them to be written as open. */
const holdOpenMin = 1_000
/** The same for large messages, while more wait to be taken in. */
const holdOpenBytesMin = 1 << 20
const holdMsMax = 100
/** While so many records wait to be taken in, a window stays open as long for so many effects: what a PUT costs is shared. */
const backlogMin = 1_000
const appliedWanted = 10_000
/** A window that holds nothing but messages which handlers are working on waits so long for the first effects. */
const emptyHandedMsMax = 20

/**
 * When a window closes: one PUT at a time, the next window fills meanwhile. At low load it closes as soon as there is
 * anything in it; while most of what has arrived is still with handlers it waits a little, since what is open at the close
 * has to be written with it.
 */
export class Commits {
  private readonly committer: Committer
  private readonly clock: Clock
  private readonly random: Random
  private readonly options: CommitsOptions
  private readonly push: (event: CommitEvent | { readonly kind: 'failed'; readonly error: unknown }) => void
  private lastClosedMs = -Infinity
  private number = 0
  private cancelLook: (() => void) | undefined
  underWay: ClosedWindow | undefined
  /** Effects applied since the window was opened. */
  applied = 0

  constructor(
    committer: Committer,
    clock: Clock,
    random: Random,
    options: CommitsOptions,
    push: (event: CommitEvent | { readonly kind: 'failed'; readonly error: unknown }) => void,
  ) {
    this.committer = committer
    this.clock = clock
    this.random = random
    this.options = options
    this.push = push
  }

  /** Whether the window may close now; if only time is missing, `lookAgain` is called when it has passed. */
  due(window: OpenWindow, load: CommitLoad, lookAgain: () => void): boolean {
    if (this.underWay) return false
    const now = this.clock.monotonic()
    window.changedMs ??= now
    const early = this.lastClosedMs + this.options.minIntervalMs - now
    const { unjournaled, pendingBytes, backlog } = load
    const open = unjournaled >= holdOpenMin && 4 * unjournaled > this.applied
    const more = backlog >= backlogMin && this.applied < appliedWanted
    const saturated = open || more || (backlog > 0 && pendingBytes >= holdOpenBytesMin)
    const holdMs = saturated ? holdMsMax : unjournaled > 0 && this.applied === 0 ? emptyHandedMsMax : 0
    const hold = holdMs > 0 && !window.awaited ? window.changedMs + holdMs - now : 0
    const waitMs = Math.max(early, hold)
    if (waitMs <= 0) return true
    this.cancelLook?.()
    this.cancelLook = this.clock.after(waitMs, lookAgain)
    return false
  }

  /** Closes the window and sends its PUT. */
  close(window: OpenWindow, clockMs: number, hint: MarkerHint): ClosedWindow {
    const closed = window.close(++this.number, clockMs)
    const { number, journal, outbox } = closed
    const startedMs = this.clock.monotonic()
    this.lastClosedMs = startedMs
    this.applied = 0
    this.underWay = closed
    const { log } = this.options
    this.committer
      .commit({ kind: 'window', log, number, nonce: randomId(this.random), clockMs, hint, journal, outbox })
      .then(
        (outcome) => this.push({ kind: 'committed', window: closed, outcome, ms: this.clock.monotonic() - startedMs }),
        (error: unknown) => this.push({ kind: 'failed', error }),
      )
    return closed
  }
}
