import type { IncomingMessage } from 'node:http'
import { concatBytes, noBytes } from '../../model/bytes.ts'
import type { Limits } from '../../model/limits.ts'
import { HttpError, retryLater } from './http-error.ts'

/** Reads bodies, each and all together within bounds that hold before anything is kept. */
export class BodyReader {
  private readonly limits: Limits
  /** Of all bodies that are being read. */
  private bytes = 0

  constructor(limits: Limits) {
    this.limits = limits
  }

  async read(request: Request): Promise<Uint8Array> {
    this.announced(request.headers.get('content-length') ?? undefined)
    const { body } = request
    if (!body) return noBytes
    const chunks: Uint8Array[] = []
    let length = 0
    try {
      for await (const chunk of body) {
        length += chunk.length
        this.received(chunk.length, length)
        chunks.push(chunk)
      }
    } finally {
      this.bytes -= length
    }
    return concatBytes(chunks)
  }

  /**
   * The same of Node's own request, without the promises and streams of a Request. Throws where the body is announced to be
   * too large; else one of `done` and `failed` is called, later.
   */
  receive(request: IncomingMessage, done: (body: Uint8Array) => void, failed: (error: unknown) => void): void {
    this.announced(request.headers['content-length'])
    const chunks: Uint8Array[] = []
    let length = 0
    const release = (): void => {
      this.bytes -= length
      length = 0
      request.off('data', take).off('end', end).off('close', broken)
    }
    // Node 20 tells nothing to the response of a request that was pipelined behind others.
    const broken = (): void => {
      release()
      failed(new HttpError(400, 'VALUE_INVALID', 'the body broke off'))
    }
    const take = (chunk: Uint8Array): void => {
      length += chunk.length
      try {
        this.received(chunk.length, length)
        chunks.push(chunk)
      } catch (error) {
        release()
        failed(error)
      }
    }
    const end = (): void => {
      release()
      // Copied, so that a small body does not hold on to the socket's buffer.
      done(chunks.length === 0 ? noBytes : concatBytes(chunks))
    }
    request.on('data', take).on('end', end).on('close', broken)
  }

  private announced(contentLength: string | undefined): void {
    if (Number(contentLength ?? 0) > this.limits.httpBodyBytesMax) throw tooLarge(this.limits.httpBodyBytesMax)
  }

  /** A chunk of a body of which `length` bytes have come by now. */
  private received(chunkLength: number, length: number): void {
    this.bytes += chunkLength
    if (length > this.limits.httpBodyBytesMax) throw tooLarge(this.limits.httpBodyBytesMax)
    if (this.bytes > this.limits.pendingBytesMax)
      throw new HttpError(429, 'OVERLOADED', 'too many bytes are being received', retryLater)
  }
}

const tooLarge = (max: number): HttpError =>
  new HttpError(413, 'LIMIT_EXCEEDED', `the body is beyond ${max} bytes (limits.httpBodyBytesMax)`)
