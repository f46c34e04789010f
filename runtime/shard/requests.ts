/** What an idempotency key has led to. It is kept for the retention time, then forgotten. */
export interface KeyedRequest {
  /** Target address, message and key. */
  readonly scope: string
  /** Of the body, so that another body under the same key is noticed. */
  readonly fingerprint: string
  readonly expiresAtMs: number
  reply: RequestReply | undefined
}

/** How a request from outside ended. */
export type RequestReply =
  | { readonly ok: true; readonly payload: Uint8Array | undefined }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** Requests with an idempotency key, oldest first. */
export class KeyedRequests {
  private readonly byScope = new Map<string, KeyedRequest>()

  get size(): number {
    return this.byScope.size
  }

  all(): Iterable<KeyedRequest> {
    return this.byScope.values()
  }

  get(scope: string): KeyedRequest | undefined {
    return this.byScope.get(scope)
  }

  add(request: KeyedRequest): void {
    this.byScope.delete(request.scope)
    this.byScope.set(request.scope, request)
  }

  remove(scope: string): void {
    this.byScope.delete(scope)
  }

  /** The answered ones whose time is over. They expire in the order in which they came, or nearly so. */
  *expired(nowMs: number): Iterable<KeyedRequest> {
    for (const request of this.byScope.values()) {
      if (request.expiresAtMs > nowMs) return
      if (request.reply) yield request
    }
  }
}
