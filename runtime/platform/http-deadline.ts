import { EndpointError } from '../ports/function-client.ts'

/** A signal that fires when a whole request has taken too long, or when `outer` does. `end` lets both go. */
export const httpDeadline = (
  timeoutMs: number,
  endpoint: string,
  outer: AbortSignal | undefined,
): { readonly signal: AbortSignal; end(): void } => {
  const control = new AbortController()
  const abort = (what: string): void =>
    control.abort(new EndpointError('ENDPOINT_UNAVAILABLE', 'failed', `${endpoint} ${what}`))
  const timer = setTimeout(() => abort(`did not end its answer within ${timeoutMs} ms`), timeoutMs)
  const onAbort = (): void => abort('was given up: the request was cancelled')
  if (outer?.aborted) onAbort()
  outer?.addEventListener('abort', onAbort)
  const end = (): void => {
    clearTimeout(timer)
    outer?.removeEventListener('abort', onAbort)
  }
  return { signal: control.signal, end }
}
