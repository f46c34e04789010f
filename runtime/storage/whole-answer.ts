import type { Dispatcher } from 'undici'
import type { Clock } from '../ports/clock.ts'

/** An answer that has ended. */
export interface WholeAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The beginning of an error's body; of a success nothing is kept. */
  readonly text: string
}

const textCharsMax = 16_384

/**
 * Sends a request and waits for the end of its answer, in one deadline. For small answers that come often: undici's own
 * `request` makes a stream of each body, and a signal for each deadline costs as much again.
 */
export const wholeAnswer = (
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  clock: Clock,
  timeoutMs: number,
): Promise<WholeAnswer> =>
  new Promise((resolve, reject) => {
    const answer = new Answer(resolve, reject)
    answer.cancelDeadline = clock.after(timeoutMs, () => answer.giveUp(new Error(`no whole answer in ${timeoutMs} ms`)))
    dispatcher.dispatch(options, answer)
  })

class Answer implements Dispatcher.DispatchHandler {
  private readonly resolve: (answer: WholeAnswer) => void
  private readonly reject: (error: Error) => void
  private controller: Dispatcher.DispatchController | undefined
  private givenUp: Error | undefined
  private statusCode = 0
  private headers: WholeAnswer['headers'] = {}
  private text = ''
  cancelDeadline: (() => void) | undefined

  constructor(resolve: (answer: WholeAnswer) => void, reject: (error: Error) => void) {
    this.resolve = resolve
    this.reject = reject
  }

  /** Nobody waits any more: not for a request either that still waits for a connection. */
  giveUp(error: Error): void {
    this.givenUp = error
    this.controller?.abort(error)
    this.reject(error)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.givenUp) controller.abort(this.givenUp)
  }

  onResponseStart(_: Dispatcher.DispatchController, statusCode: number, headers: WholeAnswer['headers']): void {
    this.statusCode = statusCode
    this.headers = headers
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.statusCode >= 300 && this.text.length < textCharsMax) this.text += chunk.toString('utf8')
  }

  onResponseEnd(): void {
    this.cancelDeadline?.()
    this.resolve({ statusCode: this.statusCode, headers: this.headers, text: this.text })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.cancelDeadline?.()
    this.reject(error)
  }
}
