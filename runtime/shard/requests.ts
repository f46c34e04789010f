/** The id that a request is for: its slot is the request's. A scope is JSON of type, id, message and key. */
export const targetOf = (scope: string): string => {
  try {
    const parts: unknown = JSON.parse(scope)
    if (Array.isArray(parts) && typeof parts[1] === 'string') return parts[1]
  } catch {
    // falls through
  }
  return scope
}

/** What an idempotency key has led to. It is kept for the retention time, then forgotten. */
export interface KeyedRequest {
  /** Target address, message and key. */
  readonly scope: string
  /** Of the body, so that another body under the same key is noticed. */
  readonly fingerprint: string
  readonly expiresAtMs: number
  readonly reply: RequestReply | undefined
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

  /** Changes no object, so that a snapshot may hold on to those of its moment. */
  settle(scope: string, reply: RequestReply): boolean {
    const request = this.byScope.get(scope)
    if (request) this.byScope.set(scope, { ...request, reply })
    return request !== undefined
  }

  /** Puts them in the order in which they expire. */
  sort(): void {
    const all = [...this.byScope.values()].sort((a, b) => a.expiresAtMs - b.expiresAtMs)
    this.byScope.clear()
    for (const request of all) this.byScope.set(request.scope, request)
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
