import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../ports/clock.ts'

/** What is answered where a request cannot be done, as HttpError; `code` may be a handler's own. */
export interface ErrorAnswer {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
}

/** Added to whatever is answered: nothing is to be kept, or taken for another type than it says. */
export const commonHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

const common = Object.entries(commonHeaders).flat()
/** Up to so many bytes are written with the head in one piece, which is worth a copy. */
const joinedBytesMax = 16_384
/** A client that sends on after it was refused shall see why, and then stop. */
const restMs = 500

/** Answers on Node's own response, with one write where the body is small. */
export const writeAnswer = (
  response: ServerResponse,
  status: number,
  contentType: string | undefined,
  body: Uint8Array | string,
  headers: readonly string[] = [],
): void => {
  if (response.destroyed) return
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  const head = [...common, 'content-length', String(length), ...headers]
  if (contentType !== undefined) head.push('content-type', contentType)
  response.writeHead(status, head)
  if (typeof body === 'string') response.end(body)
  else if (body.length > joinedBytesMax) response.end(body)
  else response.end(Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1'), 'latin1')
}

/** Answers an error, while the request's body may still be coming. */
export const writeError = (
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, message, headers }: ErrorAnswer,
  clock: Clock,
): void => {
  const body = JSON.stringify({ code, message })
  writeAnswer(response, status, 'application/json', body, Object.entries(headers).flat())
  if (!request.complete && !request.destroyed) dropRest(request, clock)
}

const dropRest = (request: IncomingMessage, clock: Clock): void => {
  const cancel = clock.after(restMs, () => request.socket.destroySoon())
  request.once('end', cancel).once('close', cancel).resume()
}
