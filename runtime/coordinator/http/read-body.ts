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
    const { httpBodyBytesMax } = this.limits
    const announced = Number(request.headers.get('content-length') ?? 0)
    if (announced > httpBodyBytesMax) throw tooLarge(httpBodyBytesMax)
    const { body } = request
    if (!body) return noBytes
    const chunks: Uint8Array[] = []
    let length = 0
    try {
      for await (const chunk of body) {
        length += chunk.length
        this.bytes += chunk.length
        if (length > httpBodyBytesMax) throw tooLarge(httpBodyBytesMax)
        if (this.bytes > this.limits.pendingBytesMax)
          throw new HttpError(429, 'OVERLOADED', 'too many bytes are being received', retryLater)
        chunks.push(chunk)
      }
    } finally {
      this.bytes -= length
    }
    // Copied, so that a small body does not hold on to the socket's buffer.
    return concatBytes(chunks)
  }
}

const tooLarge = (max: number): HttpError =>
  new HttpError(413, 'LIMIT_EXCEEDED', `the body is beyond ${max} bytes (limits.httpBodyBytesMax)`)
