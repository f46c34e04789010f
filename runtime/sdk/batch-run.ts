import type { BatchRequest, CallResult } from '../model/invocation.ts'
import { defaultLimits } from '../model/limits.ts'
import { ResultFrames } from '../protocol/result-frames.ts'
import { CallRun, type CallTarget } from './call-run.ts'

/** Turns until what is ready at once has come in: an async handler that waits for nothing needs a few. */
const turnsAtOnce = 8

/** Runs the calls of one request: different addresses side by side, up to a bound. */
export class BatchRun {
  private readonly request: BatchRequest
  private readonly targets: readonly CallTarget[]
  private readonly concurrencyMax: number
  private readonly frames = new ResultFrames()
  private started = 0
  /** Calls whose handlers wait for something. */
  private waiting = 0
  private wake: (() => void) | undefined
  private broken: { readonly error: unknown } | undefined

  constructor(request: BatchRequest, targets: readonly CallTarget[], concurrencyMax: number) {
    this.request = request
    this.targets = targets
    this.concurrencyMax = concurrencyMax
    this.startMore()
  }

  /** True when every call has its result, and all results were taken. */
  get done(): boolean {
    return this.waiting === 0 && this.frames.length === 0 && this.started === this.request.calls.length
  }

  /** All results that are there at once. */
  async first(): Promise<Uint8Array> {
    await this.turns()
    return this.frames.take()
  }

  /** The other results, as they complete. Leaving off early leaves the handlers running. */
  async *rest(): AsyncGenerator<Uint8Array> {
    while (!this.done) {
      if (this.frames.length === 0) await new Promise<void>((resolve) => (this.wake = resolve))
      await this.turns()
      if (this.broken !== undefined) throw this.broken.error
      yield this.frames.take()
    }
  }

  private async turns(): Promise<void> {
    for (let turn = 0; turn < turnsAtOnce && this.waiting > 0; turn++) await Promise.resolve()
  }

  private startMore(): void {
    const { calls } = this.request
    while (this.started < calls.length && this.waiting < this.concurrencyMax) {
      const place = this.started++
      const call = calls[place]!
      const result = new CallRun(this.request, place, call, this.targets[call.function]!, defaultLimits).start()
      if (result instanceof Promise) this.add(result)
      else this.frames.append(result)
    }
  }

  private add(result: Promise<CallResult>): void {
    this.waiting++
    result
      .then((completed) => {
        this.waiting--
        this.frames.append(completed)
        this.startMore()
      })
      // A call turns every error of a handler into a result: this one is a bug, and must end the answer.
      .catch((error: unknown) => (this.broken ??= { error }))
      .finally(() => this.wake?.())
  }
}
