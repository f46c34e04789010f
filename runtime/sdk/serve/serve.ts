import { Hono } from 'hono/tiny'
import { MillraceError } from '../../model/errors.ts'
import { defaultLimits } from '../../model/limits.ts'
import { asBuffer } from '../../protocol/as-buffer.ts'
import { batchMediaType, isBatchMediaType, versionHeader } from '../../protocol/media-type.ts'
import { type SigningKey, verifyRequest } from '../../protocol/signature.ts'
import { parseSigningKeys } from '../../protocol/signing-keys.ts'
import type { Implementation } from '../actor.ts'
import { type BatchHandler, createHandler, type HandlerOptions } from '../handler.ts'
import { readBody } from './read-body.ts'
import { resultStream } from './result-stream.ts'
import { shortPause } from './short-pause.ts'
import { wallClock } from './wall-clock.ts'

export interface ServeOptions extends HandlerOptions {
  /**
   * Refuse what is not signed: `<id>:<secret>`, or two of them with a comma between while one replaces the other. Without
   * keys everybody who reaches the endpoint can call it.
   */
  readonly keys?: string
  /** `/` unless given. */
  readonly path?: string
  /** Larger requests are refused with 413, whereupon the coordinator sends less at once. 8 MiB unless given. */
  readonly maxBodyBytes?: number
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number
}

/**
 * Serves functions to a coordinator: a Hono app, by itself a fetch handler, or a part of yours.
 * @example export default serve([accountHandlers])
 * @example app.route('/functions', serve([accountHandlers], { keys: process.env.MILLRACE_SIGNING_KEYS }))
 */
export const serve = (implementations: readonly Implementation[], options: ServeOptions = {}): Hono => {
  const { maxBodyBytes = defaultLimits.requestBytesMax, now = wallClock } = options
  if (!Number.isSafeInteger(maxBodyBytes) || maxBodyBytes < 1)
    throw new MillraceError('SETTING_INVALID', `maxBodyBytes is ${maxBodyBytes}; allowed are whole numbers from 1`)
  const keys = options.keys === undefined ? [] : parseSigningKeys(options.keys, 'keys')
  const endpoint: Endpoint = { handler: createHandler(implementations, options), keys, maxBodyBytes, now }
  const app = new Hono()
  const path = options.path ?? '/'
  app.get(path, (c) => discover(c.req.raw, endpoint))
  app.post(path, (c) => invoke(c.req.raw, endpoint))
  return app
}

interface Endpoint {
  readonly handler: BatchHandler
  readonly keys: readonly SigningKey[]
  readonly maxBodyBytes: number
  readonly now: () => number
}

const headersOf = (endpoint: Endpoint, contentType: string) => ({
  'content-type': contentType,
  [versionHeader]: endpoint.handler.discovery.version,
})

const refusal = (endpoint: Endpoint, status: number, message: string): Response =>
  new Response(JSON.stringify({ message }), { status, headers: headersOf(endpoint, 'application/json') })

const discover = async (request: Request, endpoint: Endpoint): Promise<Response> =>
  (await unauthorized(request, new Uint8Array(0), endpoint)) ??
  new Response(endpoint.handler.document, { headers: headersOf(endpoint, 'application/json') })

const invoke = async (request: Request, endpoint: Endpoint): Promise<Response> => {
  if (!isBatchMediaType(request.headers.get('content-type')) || request.headers.has('content-encoding'))
    return refusal(endpoint, 415, `send ${batchMediaType}, not compressed`)
  const body = await readBody(request, endpoint.maxBodyBytes)
  if (body === undefined) return refusal(endpoint, 413, `larger than ${endpoint.maxBodyBytes} bytes (maxBodyBytes)`)
  const refused = await unauthorized(request, body, endpoint)
  if (refused !== undefined) return refused
  const answer = await endpoint.handler.invoke(body, shortPause)
  if (answer.status !== 200) return refusal(endpoint, answer.status, answer.message)
  const first = asBuffer(answer.first)
  return new Response(answer.rest === undefined ? first : resultStream(first, answer.rest), {
    headers: headersOf(endpoint, batchMediaType),
  })
}

const unauthorized = async (request: Request, body: Uint8Array, endpoint: Endpoint): Promise<Response | undefined> => {
  if (endpoint.keys.length === 0) return undefined
  const parts = { method: request.method, path: new URL(request.url).pathname, body }
  const found = await verifyRequest(parts, (name) => request.headers.get(name), endpoint.keys, endpoint.now())
  return found === 'ok' ? undefined : refusal(endpoint, 401, `the request's signature is not accepted: ${found}`)
}
