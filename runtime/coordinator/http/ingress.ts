import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OutsideRequest, RequestAnswer } from '../requests.ts'
import type { RunningCoordinator } from '../running.ts'
import type { RequestHead } from './guard.ts'
import { answerMessage } from './answer-message.ts'
import { writeError } from './http-answer.ts'
import { HttpError, httpErrorOf, retryLater } from './http-error.ts'
import { started } from './started.ts'
import type { CoordinatorHolder, HttpAppOptions } from './options.ts'
import { formOf, payloadOf, type Form } from './payload.ts'
import { BodyReader } from './read-body.ts'
import { pathOf, targetOf, type Target } from './target.ts'
import { Waiters } from './waiters.ts'

type Kind = OutsideRequest['kind']

/** A request for a message, and where its answer goes. */
interface Exchange {
  readonly kind: Kind
  readonly running: RunningCoordinator
  readonly target: Target
  readonly idempotencyKey: string | undefined
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Told to the coordinator, which is to answer; undefined until the body has come. */
  outside: OutsideRequest | undefined
  /** What its body was in. */
  form: Form | undefined
  over: boolean
}

/**
 * Messages from outside: `POST /send/…` answers 202 once the message is durable, `POST /call/…` answers the reply once the
 * window that holds the message's effects is. Until then nothing is told (rule 6). A client that goes away, or waits no
 * longer, changes nothing about the work.
 *
 * It works on Node's own requests: a Request with its streams and signals costs several times what the call itself does.
 */
export class Ingress {
  private readonly holder: CoordinatorHolder
  private readonly options: HttpAppOptions
  private readonly guard: (head: RequestHead) => void
  private readonly bodies: BodyReader
  private readonly waiters: Waiters<Exchange>
  private readonly watched = new WeakSet<RunningCoordinator>()
  private underWay = 0
  /** To be written, with their answers. */
  private answered: { readonly exchange: Exchange; readonly answer: RequestAnswer }[] = []

  constructor(holder: CoordinatorHolder, options: HttpAppOptions, guard: (head: RequestHead) => void) {
    this.holder = holder
    this.options = options
    this.guard = guard
    this.bodies = new BodyReader(options.limits)
    this.waiters = new Waiters(options.clock, options.callTimeoutMs, (exchange) => this.giveUp(exchange, 'timeout'))
  }

  /** Takes a request if it brings a message; false, and nothing is done, where it is for something else. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const { method, url = '' } = request
    if (method !== 'POST') return false
    const path = pathOf(url)
    const kind = kindOf(path)
    if (!kind) return false
    try {
      this.guard({ method, path, host: '', header: (name) => headerOf(request, name) })
      this.begin(kind, path, request, response)
    } catch (error) {
      this.fail(request, response, error)
    }
    return true
  }

  private begin(kind: Kind, path: string, request: IncomingMessage, response: ServerResponse): void {
    const running = started(this.holder)
    const { httpRequestsMax } = this.options.limits
    if (this.underWay >= httpRequestsMax) {
      const message = `${httpRequestsMax} requests are under way (limits.httpRequestsMax)`
      throw new HttpError(429, 'OVERLOADED', message, retryLater)
    }
    const target = targetOf(running, kind, path)
    const idempotencyKey = keyOf(headerOf(request, 'idempotency-key'))
    const exchange = { kind, running, target, idempotencyKey, request, response }
    const begun: Exchange = { ...exchange, outside: undefined, form: undefined, over: false }
    this.bodies.receive(
      request,
      (body) => this.submit(begun, body),
      (error) => this.end(begun) && this.fail(request, response, error),
    )
    this.underWay++
    response.on('close', () => this.gone(begun))
  }

  /** The body has come whole. */
  private submit(exchange: Exchange, body: Uint8Array): void {
    if (exchange.over) return
    const { kind, running, target, idempotencyKey, request, response } = exchange
    const { typename, id, message } = target
    try {
      exchange.form = formOf(request.headers['content-type'], body)
      const payload = payloadOf(target, exchange.form, body)
      // Only a message that may come twice is compared with another.
      const fingerprint = idempotencyKey === undefined ? '' : createHash('sha256').update(body).digest('base64url')
      const answer = (given: RequestAnswer): void => this.answer(exchange, given)
      exchange.outside = { kind, typename, id, message, payload, idempotencyKey, fingerprint, answer }
    } catch (error) {
      if (this.end(exchange)) this.fail(request, response, error)
      return
    }
    this.watch(running)
    this.waiters.add(exchange)
    running.submit(exchange.outside)
  }

  /**
   * Called within the coordinator's turn, into which nothing may be thrown that goes wrong here. What the turn sends, the
   * next window first of all, goes out on the next occasion; some hundred answers, which take milliseconds, on the one after.
   */
  private answer(exchange: Exchange, answer: RequestAnswer): void {
    const { clock } = this.options
    if (this.answered.push({ exchange, answer }) === 1) clock.soon(() => clock.soon(() => this.writeAll()))
  }

  private writeAll(): void {
    const { answered } = this
    this.answered = []
    for (const { exchange, answer } of answered) {
      if (!this.end(exchange)) continue
      try {
        answerMessage(exchange, answer, this.options.clock)
      } catch (error) {
        this.fail(exchange.request, exchange.response, error)
      }
    }
  }

  /** Nobody reads what would be answered. */
  private gone(exchange: Exchange): void {
    if (this.end(exchange) && exchange.outside) exchange.running.forsake(exchange.outside)
  }

  private giveUp(exchange: Exchange, why: 'timeout' | 'ended'): void {
    const { kind, target, running, outside, request, response } = exchange
    if (!this.end(exchange)) return
    if (outside) running.forsake(outside)
    const what = `${kind} to ${target.typename}/${target.id}`
    this.fail(request, response, unanswered(why, what, this.options.callTimeoutMs))
  }

  /** False where it was over before. */
  private end(exchange: Exchange): boolean {
    if (exchange.over) return false
    exchange.over = true
    this.underWay--
    this.waiters.remove(exchange)
    return true
  }

  /** Those who wait for a coordinator are told when it ends, however it does. */
  private watch(running: RunningCoordinator): void {
    if (this.watched.has(running)) return
    this.watched.add(running)
    const ended = (): void => {
      // Whoever comes after the end is told at once.
      this.watched.delete(running)
      for (const exchange of this.waiters.all()) if (exchange.running === running) this.giveUp(exchange, 'ended')
    }
    running.ended.then(ended, ended)
  }

  private fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const { telemetry, clock } = this.options
    writeError(request, response, httpErrorOf(error, telemetry.log), clock)
  }
}

const kindOf = (path: string): Kind | undefined => {
  if (path.startsWith('/call') && (path.length === 5 || path[5] === '/')) return 'call'
  if (path.startsWith('/send') && (path.length === 5 || path[5] === '/')) return 'send'
  return undefined
}

const headerOf = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.join(', ')
}

const keyOf = (header: string | undefined): string | undefined => {
  if (header === undefined || /^[\x21-\x7e]{1,255}$/.test(header)) return header
  throw new HttpError(400, 'VALUE_INVALID', 'an Idempotency-Key has 1 to 255 visible ASCII characters')
}

const askAgain = 'the work goes on: ask again with the same Idempotency-Key'

const unanswered = (why: 'timeout' | 'ended', what: string, timeoutMs: number): HttpError => {
  if (why === 'ended') {
    const message = `this coordinator stopped before ${what} was answered; ${askAgain}`
    return new HttpError(503, 'UNAVAILABLE', message, retryLater)
  }
  const message = `${what} was not answered within ${timeoutMs} ms (http.callTimeout); ${askAgain}`
  return new HttpError(504, 'TIMEOUT', message)
}
