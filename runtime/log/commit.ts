import { MillraceError } from '../model/errors.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { decodeEntry, encodeWindow, type Window } from './log-entry.ts'
import { entryKey, manifestKey } from './names.ts'
import type { StoreClock } from './store-clock.ts'

/** How a commit ended: in the log, or the log has a seal (another incarnation has taken over). */
export type CommitOutcome = 'committed' | 'sealed'

export interface CommitObserver {
  /** The store's answer to a PUT asks for a look at the manifest before the commit counts (rule 7). */
  readonly isStillOurs: () => Promise<boolean>
  /** A PUT has not succeeded for so long that requests from outside must be refused (rule 8); and again when it has. */
  readonly stuck: (stuck: boolean) => void
}

const stuckAfterMs = 15_000

/**
 * Writes windows to the log of one incarnation (rules 4 and 5). One PUT is under way at a time, numbers have no gaps, and
 * the bytes of a number are the same in every attempt: whoever takes over reads either all of a window or nothing of it.
 */
export class Committer {
  private readonly store: ObjectStore
  private readonly clock: Clock
  private readonly uuid: string
  private readonly storeClock: StoreClock
  private readonly observer: CommitObserver
  private underWay = false

  constructor(store: ObjectStore, clock: Clock, uuid: string, storeClock: StoreClock, observer: CommitObserver) {
    this.store = store
    this.clock = clock
    this.uuid = uuid
    this.storeClock = storeClock
    this.observer = observer
  }

  /** Resolves when the fate of the window is known. Throws FENCED when the number holds what nobody should have written. */
  async commit(window: Window): Promise<CommitOutcome> {
    if (this.underWay) throw new MillraceError('INTERNAL', 'two windows are being committed at once')
    this.underWay = true
    try {
      return await this.untilKnown(window, encodeWindow(window))
    } finally {
      this.underWay = false
    }
  }

  private async untilKnown(window: Window, bytes: Uint8Array): Promise<CommitOutcome> {
    const key = entryKey(this.uuid, window.log, window.number)
    let stuck = false
    // By a timer and not between attempts: a store that holds a request back must not hold this back too.
    const cancel = this.clock.after(stuckAfterMs, () => {
      stuck = true
      this.observer.stuck(true)
    })
    try {
      for (let pause = 20; ; pause = Math.min(pause * 2, 1_000)) {
        const outcome = await this.attempt(window, key, bytes)
        if (outcome) return outcome
        await sleep(this.clock, pause)
      }
    } finally {
      cancel()
      if (stuck) this.observer.stuck(false)
    }
  }

  /** One PUT; undefined: its fate is not known. */
  private async attempt(window: Window, key: string, bytes: Uint8Array): Promise<CommitOutcome | undefined> {
    let sentMs = this.clock.monotonic()
    if (this.storeClock.inDoubt) {
      let manifest
      try {
        manifest = await this.store.get(manifestKey(this.uuid))
      } catch {
        return undefined
      }
      if (!(await this.holds(manifest?.storeTimeMs, sentMs))) return 'sealed'
      sentMs = this.clock.monotonic()
    }
    this.storeClock.checkWindow(window.clockMs)
    const put = await this.store.putIfAbsent(key, bytes)
    if (put.kind === 'conflict') return this.whose(window, key)
    if (put.kind === 'unknown') return undefined
    return (await this.holds(put.storeTimeMs, sentMs)) ? 'committed' : 'sealed'
  }

  /** Takes the store's time (rules 7 and 28); false when this process has slept through a take-over. */
  private async holds(storeTimeMs: number | undefined, sentMs: number): Promise<boolean> {
    return this.storeClock.observe(storeTimeMs, sentMs) === 'steady' || this.observer.isStillOurs()
  }

  /** What a 412 means: the own earlier attempt, a seal, or a process that was cloned. Undefined: not known yet. */
  private async whose(window: Window, key: string): Promise<CommitOutcome | undefined> {
    let object
    try {
      object = await this.store.get(key)
    } catch {
      return undefined
    }
    if (!object) return undefined
    const entry = decodeEntry(object.bytes, key, window.log, window.number)
    if (entry.kind === 'seal') return 'sealed'
    if (entry.nonce === window.nonce) return 'committed'
    throw new MillraceError(
      'FENCED',
      `${key} was written by another process with this incarnation's id: this machine was cloned; stop both, start one`,
    )
  }
}
