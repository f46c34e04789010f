import { messageOf, MillraceError } from '../model/errors.ts'
import { asBuffer } from '../protocol/as-buffer.ts'
import { decodeReply, encodeMessage, type Message } from '../sdk/message.ts'
import { answerError } from './answer-error.ts'
import { baseUrl, type ClientOptions } from './client-options.ts'
import { wait as waitByTimer } from './wait.ts'

export interface SendOptions {
  /**
   * Makes the message take effect once, however often it is sent within 24 hours: 1 to 255 visible ASCII characters. With a
   * key the client tries again by itself; without one an error leaves open whether the message was taken.
   */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
}

/** Sends messages to actors from outside, through a coordinator. */
export interface Client {
  /**
   * Resolves when the message is durably accepted.
   * @example await client.send(account.at('bob').deposit(5), { idempotencyKey: orderId })
   */
  send(message: Message<unknown>, options?: SendOptions): Promise<void>
  /**
   * Resolves with the reply when the effects are durable. Rejects with a TerminalError where the handler refused.
   * @example const { ok, left } = await client.call(account.at('bob').withdraw(5))
   */
  call<R>(message: Message<R>, options?: SendOptions): Promise<R>
}

const octets = 'application/octet-stream'
const firstDelayMs = 100

/**
 * A client of the coordinator at `url`. Errors are MillraceErrors with a code, or TerminalErrors.
 * @example const client = connect({ url: 'http://127.0.0.1:8080' })
 */
export const connect = (options: ClientOptions): Client => {
  const url = baseUrl(options.url)
  const { attemptsMax = 8 } = options
  if (!Number.isSafeInteger(attemptsMax) || attemptsMax < 1)
    throw new MillraceError('SETTING_INVALID', `attemptsMax is ${attemptsMax}; allowed are whole numbers from 1`)
  return {
    async send(message, given = {}) {
      const response = await post('send', message, given, url, options)
      await response.body?.cancel()
    },
    async call(message, given = {}) {
      const response = await post('call', message, given, url, options)
      const bytes = new Uint8Array(await response.arrayBuffer())
      // A zero value is no bytes too: what tells it from no value is that it has a type.
      const none = bytes.length === 0 && response.headers.get('content-type') === null
      return decodeReply(message, none ? undefined : bytes)
    },
  }
}

const post = async (
  how: 'send' | 'call',
  message: Message<unknown>,
  given: SendOptions,
  url: string,
  options: ClientOptions,
): Promise<Response> => {
  const { typename, id, message: name, payload } = encodeMessage(message)
  const what = `${typename}.${name} of '${id}'`
  const signal = anyOf(options.signal, given.signal)
  const init: RequestInit = {
    method: 'POST',
    headers: headersFor(given, options.token, payload !== undefined),
    ...(payload && { body: asBuffer(payload) }),
    ...(signal && { signal }),
  }
  const path = [how, ...typename.split('/'), id, name].map((segment) => encodeSegment(segment, what)).join('/')
  const attemptsMax = given.idempotencyKey === undefined ? 1 : (options.attemptsMax ?? 8)
  for (let attempt = 1; ; attempt++) {
    const answer = await attemptOnce(`${url}/${path}`, init, options)
    if (answer instanceof Response && answer.ok) return answer
    const again = attempt < attemptsMax && (!(answer instanceof Response) || mayComeBack(answer))
    if (!again || signal?.aborted === true) throw await failure(answer, what)
    if (answer instanceof Response) await answer.body?.cancel()
    await (options.wait ?? waitByTimer)(delayBefore(attempt, answer, options.retryDelayMsMax ?? 10_000), signal)
  }
}

/** The answer, or why there is none. */
const attemptOnce = async (url: string, init: RequestInit, options: ClientOptions): Promise<Response | Error> => {
  try {
    return await (options.fetch ?? globalThis.fetch)(url, init)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const mayComeBack = ({ status }: Response): boolean => status === 429 || status === 503

const failure = async (answer: Response | Error, what: string): Promise<Error> =>
  answer instanceof Response
    ? answerError(answer, what)
    : new MillraceError('ENDPOINT_UNAVAILABLE', `${what}: the coordinator cannot be reached: ${causeOf(answer)}`, {
        cause: answer,
      })

/** Fetch says only that it failed; its cause says why. */
const causeOf = (error: Error): string =>
  error.cause === undefined ? error.message : `${error.message} (${messageOf(error.cause)})`

const delayBefore = (attempt: number, answer: Response | Error, delayMsMax: number): number => {
  const asked = answer instanceof Response ? Number(answer.headers.get('retry-after') ?? NaN) * 1000 : NaN
  return Math.min(delayMsMax, asked >= 0 ? asked : firstDelayMs * 2 ** (attempt - 1))
}

const headersFor = (given: SendOptions, token: string | undefined, body: boolean): Record<string, string> => {
  const { idempotencyKey: key } = given
  if (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key))
    throw new MillraceError('VALUE_INVALID', 'an idempotency key has 1 to 255 visible ASCII characters')
  return {
    accept: octets,
    ...(body && { 'content-type': octets }),
    ...(key !== undefined && { 'idempotency-key': key }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
}

/** Dots alone are taken for a way up by everything that reads URLs, escaped or not. */
const encodeSegment = (segment: string, what: string): string => {
  if (segment === '.' || segment === '..')
    throw new MillraceError('VALUE_INVALID', `${what}: '${segment}' cannot stand in a URL`)
  return encodeURIComponent(segment)
}

const anyOf = (a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined =>
  a !== undefined && b !== undefined ? AbortSignal.any([a, b]) : (a ?? b)
