import type { Discovery } from '../model/function-spec.ts'

/** One endpoint that serves functions: over HTTP, or in this process. */
export interface FunctionClient {
  /** What the endpoint serves. Rejects with a MillraceError ENDPOINT_UNAVAILABLE or ENDPOINT_PROTOCOL. */
  discover(): Promise<Discovery>
  /**
   * Sends a batch request (protocol/batch) and hands over the answer's bytes as they come. Resolves when the answer has
   * ended well; what was handed over before a rejection is good. Rejects as `discover` does, for a time-out too.
   */
  invoke(request: Uint8Array, onBytes: (bytes: Uint8Array) => void, options: InvokeOptions): Promise<InvokeEnd>
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
