import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { MillraceError } from '../model/errors.ts'

export interface HttpServerOptions {
  readonly host: string
  /** 0 is any free port. */
  readonly port: number
  /** For a request's head and body to arrive. Default 60 s. */
  readonly requestTimeoutMs?: number
}

export interface HttpServer {
  /** With the port that it listens on, as `http://127.0.0.1:8686`. */
  readonly url: string
  readonly port: number
  /** Takes no more requests and waits for those under way, at most `deadlineMs`; then cuts them off. */
  close(deadlineMs?: number): Promise<void>
}

/** Who answers requests. */
export interface Served {
  /** As a Hono app's. */
  readonly fetch: (request: Request) => Response | Promise<Response>
  /** Asked first: answers true where it answers the request by itself, without what `fetch` costs. */
  readonly take?: (request: IncomingMessage, response: ServerResponse) => boolean
}

/** Serves. Rejects with SETTING_INVALID, which names host, port and setting, where it cannot listen there. */
export const listen = async (
  { fetch, take }: Served,
  { host, port, requestTimeoutMs = 60_000 }: HttpServerOptions,
): Promise<HttpServer> => {
  const fetched = getRequestListener((request) => fetch(request), { overrideGlobalObjects: false })
  const timeouts = { requestTimeout: requestTimeoutMs, headersTimeout: Math.min(requestTimeoutMs, 30_000) }
  const server = createServer(timeouts, (request, response) => {
    if (!take?.(request, response)) void fetched(request, response)
  })
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    throw cannotListen(host, port, error)
  }
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return {
    url: `http://${reachable(host)}:${bound}`,
    port: bound,
    close: (deadlineMs = 0) => closed(server, deadlineMs),
  }
}

const closed = async (server: Server, deadlineMs: number): Promise<void> => {
  const end = new Promise<void>((resolve) => server.close(() => resolve()))
  // Clients keep connections open after their last answer; nothing will come on these any more.
  const idle = setInterval(() => server.closeIdleConnections(), 20)
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs)
  await end
  clearInterval(idle)
  clearTimeout(deadline)
}

/** Where people can open it: nobody can ask "any address". */
const reachable = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something listens there already: stop it, or set http.port to another port (0 is any free one)',
  EACCES: 'this user may not: set http.port to a port from 1024',
  EADDRNOTAVAIL: 'this machine has no such address: correct http.host',
  ENOTFOUND: 'this machine has no such address: correct http.host',
}

const cannotListen = (host: string, port: number, error: unknown): MillraceError => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const why = reasons[code] ?? `${error instanceof Error ? error.message : String(error)}: see http.host and http.port`
  return new MillraceError('SETTING_INVALID', `cannot listen on ${host}:${port} (http.port): ${why}`, { cause: error })
}
