import { MillraceError } from '../model/errors.ts'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface ClientOptions {
  /** The coordinator's, as `http://127.0.0.1:8080`. */
  readonly url: string
  /** Sent as a bearer token. */
  readonly token?: string
  /** Ends every request, retries included. */
  readonly signal?: AbortSignal
  /** How often a request with an idempotency key is tried in all, while the coordinator is full or away. 8 unless given. */
  readonly attemptsMax?: number
  /** The longest wait between two attempts, whatever the coordinator asks for. 10 s unless given. */
  readonly retryDelayMsMax?: number
  /** Instead of the platform's. */
  readonly fetch?: Fetch
  /** Instead of a timer; for tests. */
  readonly wait?: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>
}

/** The URL without a slash at its end. Throws SETTING_INVALID for what is none. */
export const baseUrl = (url: string): string => {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw new MillraceError('SETTING_INVALID', `url is '${url}'; allowed are URLs, as http://127.0.0.1:8080`)
  }
  if (!/^https?:$/.test(parsed.protocol) || parsed.search !== '' || parsed.hash !== '')
    throw new MillraceError('SETTING_INVALID', `url is '${url}'; allowed are http and https without a query`)
  return parsed.href.replace(/\/+$/, '')
}
