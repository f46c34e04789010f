import type { BatchRequest, CallResult } from '../model/invocation.ts'
import { defaultLimits } from '../model/limits.ts'
import { CallRun, type CallTarget, type Waiter } from './call-run.ts'

/** Turns until what is ready at once has come in: an async handler that waits for nothing needs a few. */
const turnsAtOnce = 8

/** Runs the calls of one request: different addresses side by side, up to a bound. */
export class BatchRun implements Waiter {
  private readonly request: BatchRequest
  private readonly targets: readonly CallTarget[]
  private readonly concurrencyMax: number
  private readonly onResult: (result: CallResult) => void
  /** How many calls there are. */
  private readonly count: number
  private started = 0
  /** Calls whose handlers wait for something. */
  private waiting = 0
  private wake: (() => void) | undefined
  private broken: { readonly error: unknown } | undefined

  /** Runs all that waits for nothing at once. */
  constructor(
    request: BatchRequest,
    targets: readonly CallTarget[],
    concurrencyMax: number,
    onResult: (result: CallResult) => void,
  ) {
    this.request = request
    this.count = request.calls.length
    this.targets = targets
    this.concurrencyMax = concurrencyMax
    this.onResult = onResult
    this.startMore()
  }

  /** True when every call has its result. */
  get done(): boolean {
    return this.waiting === 0 && this.started === this.count
  }

  /** Lets those come in that are ready at once. */
  async turns(): Promise<void> {
    for (let turn = 0; turn < turnsAtOnce && this.waiting > 0; turn++) await Promise.resolve()
    if (this.broken !== undefined) throw this.broken.error
  }

  /** Waits until at least one more has come in. Nobody has to call it again: what runs goes on running. */
  async more(): Promise<void> {
    await new Promise<void>((resolve) => (this.wake = resolve))
    await this.turns()
  }

  private startMore(): void {
    const { calls } = this.request
    while (this.started < this.count && this.waiting < this.concurrencyMax) {
      const place = this.started++
      const call = calls[place]!
      const result = new CallRun(this.request, place, call, this.targets[call.function]!, defaultLimits).start(this)
      if (result === undefined) this.waiting++
      else this.onResult(result)
    }
    // A few that wait for long are not to hold on to all others, which the garbage collector would copy again and again.
    if (this.started === this.count) calls.length = 0
  }

  completed(result: CallResult): void {
    this.waiting--
    this.onResult(result)
    this.startMore()
    this.wake?.()
  }

  broke(error: unknown): void {
    this.broken ??= { error }
    this.wake?.()
  }
}
