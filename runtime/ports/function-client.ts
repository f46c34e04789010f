import { MillraceError } from '../model/errors.ts'
import type { Discovery } from '../model/function-spec.ts'
import type { BatchRequest, CallResult } from '../model/invocation.ts'

/**
 * Why a request failed as a whole. `unreachable`: no handler has seen it, so that nothing in it is to blame (refused
 * connection, overload, missing right); `failed`: it may be to blame.
 */
export type EndpointFailure = 'unreachable' | 'stale-discovery' | 'too-large' | 'failed'

/** What the methods below reject with; `status` is the HTTP status where there was one. */
export class EndpointError extends MillraceError {
  readonly reason: EndpointFailure
  readonly status: number | undefined

  constructor(
    code: 'ENDPOINT_UNAVAILABLE' | 'ENDPOINT_PROTOCOL',
    reason: EndpointFailure,
    message: string,
    options?: { cause?: unknown; status?: number },
  ) {
    super(code, message, options)
    this.name = 'EndpointError'
    this.reason = reason
    this.status = options?.status
  }
}

/** One endpoint that serves functions, spoken to in bytes. */
export interface FunctionClient {
  /** What the endpoint serves. Rejects with an EndpointError ENDPOINT_UNAVAILABLE or ENDPOINT_PROTOCOL. */
  discover(): Promise<Discovery>
  /**
   * Sends a batch request (protocol/batch) and hands over the answer's bytes as they come. Resolves when the answer has
   * ended well; what was handed over before a rejection is good. Rejects as `discover` does, for a time-out too.
   */
  invoke(request: Uint8Array, onBytes: (bytes: Uint8Array) => void, options: InvokeOptions): Promise<InvokeEnd>
  close(): Promise<void>
}

/** Functions in this process, which take calls as data: the same protocol without its bytes. */
export interface LocalFunctions {
  discover(): Promise<Discovery>
  /**
   * Runs the calls and hands over their results as they complete: first all that wait for nothing, be there none. Nothing of
   * the request may be changed. Resolves when all have their results; rejects with an EndpointError.
   */
  run(request: BatchRequest, onResults: (results: readonly CallResult[]) => void): Promise<InvokeEnd>
  close(): Promise<void>
}

export interface InvokeOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface InvokeEnd {
  /** The version that the endpoint says it serves now; another than discovery's asks for discovery again. */
  readonly version: string | undefined
}
