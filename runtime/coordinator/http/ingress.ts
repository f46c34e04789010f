import { createHash } from 'node:crypto'
import type { Context, Hono } from 'hono'
import type { Refusal, RequestAnswer } from '../requests.ts'
import type { RunningCoordinator } from '../running.ts'
import { errorResponse, HttpError, retryLater, type HttpCode } from './http-error.ts'
import { started } from './started.ts'
import type { CoordinatorHolder, HttpAppOptions } from './options.ts'
import { formOf, payloadOf, replyForm, replyResponse } from './payload.ts'
import { BodyReader } from './read-body.ts'
import { targetOf } from './target.ts'
import { wait, type Waited } from './wait.ts'

/**
 * Messages from outside: `POST /send/…` answers 202 once the message is durable, `POST /call/…` answers the reply once the
 * window that holds the message's effects is. Until then nothing is told (rule 6). A client that goes away, or waits no
 * longer, changes nothing about the work.
 */
export const mountIngress = (app: Hono, holder: CoordinatorHolder, options: HttpAppOptions): void => {
  const ingress = new Ingress(options)
  app.post('/send/*', (c) => ingress.take(c, 'send', started(holder)))
  app.post('/call/*', (c) => ingress.take(c, 'call', started(holder)))
  for (const path of ['/send/*', '/call/*'])
    app.all(path, () => errorResponse(405, 'NOT_FOUND', 'messages are sent by POST', { allow: 'POST' }))
}

class Ingress {
  private readonly options: HttpAppOptions
  private readonly bodies: BodyReader
  private underWay = 0

  constructor(options: HttpAppOptions) {
    this.options = options
    this.bodies = new BodyReader(options.limits)
  }

  async take(c: Context, kind: 'send' | 'call', running: RunningCoordinator): Promise<Response> {
    const { httpRequestsMax } = this.options.limits
    if (this.underWay >= httpRequestsMax) {
      const message = `${httpRequestsMax} requests are under way (limits.httpRequestsMax)`
      throw new HttpError(429, 'OVERLOADED', message, retryLater)
    }
    this.underWay++
    try {
      return await this.takeIn(c, kind, running)
    } finally {
      this.underWay--
    }
  }

  private async takeIn(c: Context, kind: 'send' | 'call', running: RunningCoordinator): Promise<Response> {
    const target = targetOf(running, kind, c.req.url)
    const idempotencyKey = keyOf(c.req.header('idempotency-key'))
    const body = await this.bodies.read(c.req.raw)
    const asked = formOf(c.req.header('content-type') ?? null, body)
    const payload = payloadOf(target, asked, body)
    const fingerprint = createHash('sha256').update(body).digest('base64url')
    const { typename, id, message } = target
    const { answer, forsake } = running.request({ kind, typename, id, message, payload, idempotencyKey, fingerprint })
    const { clock, callTimeoutMs } = this.options
    const waited = await wait(answer, running, clock, callTimeoutMs, c.req.raw.signal)
    if (waited.kind !== 'answer') {
      forsake()
      throw unanswered(waited.kind, `${kind} to ${target.address}`, callTimeoutMs)
    }
    const form = replyForm(c.req.header('accept'), asked)
    return answerResponse(waited.value, (reply) => replyResponse(reply, target.spec?.replyTypename, form))
  }
}

const keyOf = (header: string | undefined): string | undefined => {
  if (header === undefined || /^[\x21-\x7e]{1,255}$/.test(header)) return header
  throw new HttpError(400, 'VALUE_INVALID', 'an Idempotency-Key has 1 to 255 visible ASCII characters')
}

const askAgain = 'the work goes on: ask again with the same Idempotency-Key'

const unanswered = (why: Exclude<Waited<unknown>['kind'], 'answer'>, what: string, timeoutMs: number): HttpError => {
  if (why === 'ended')
    return new HttpError(
      503,
      'UNAVAILABLE',
      `this coordinator stopped before ${what} was answered; ${askAgain}`,
      retryLater,
    )
  const message = `${what} was not answered within ${timeoutMs} ms (http.callTimeout); ${askAgain}`
  // Nobody reads the answer to a client that is gone.
  return new HttpError(504, 'TIMEOUT', message)
}

const refusals: Readonly<Record<Refusal, readonly [status: number, code: HttpCode]>> = {
  unknown: [404, 'FUNCTION_UNKNOWN'],
  busy: [429, 'OVERLOADED'],
  unavailable: [503, 'UNAVAILABLE'],
  'key-reused': [422, 'IDEMPOTENCY_KEY_REUSED'],
  'keys-full': [503, 'IDEMPOTENCY_KEYS_FULL'],
  'too-large': [413, 'LIMIT_EXCEEDED'],
}

const answerResponse = (answer: RequestAnswer, replied: (payload: Uint8Array | undefined) => Response): Response => {
  if (answer.kind === 'accepted') return Response.json({ messageId: answer.messageId }, { status: 202 })
  if (answer.kind === 'replied') {
    const { reply } = answer
    return reply.ok ? replied(reply.payload) : errorResponse(422, reply.code, reply.message)
  }
  const [status, code] = refusals[answer.why]
  return errorResponse(status, code, answer.message, status === 429 || status === 503 ? retryLater : {})
}
