import { createAdaptorServer } from '@hono/node-server'
import { Server } from 'node:http'
import { MillraceError } from '../../model/errors.ts'
import type { Implementation } from '../actor.ts'
import { serve, type ServeOptions } from './serve.ts'

export interface ListenOptions extends ServeOptions {
  /** 0 takes any free one. */
  readonly port: number
  /** `127.0.0.1` unless given: this machine alone. Others need `keys`. */
  readonly host?: string
}

export interface Listening {
  /** For `endpoint(…)` in the application file. */
  readonly url: string
  readonly port: number
  /** Takes no more requests, and resolves when those that run have been answered. */
  close(): Promise<void>
}

const loopback = ['127.0.0.1', '::1', 'localhost']

/**
 * Serves functions from Node.
 * @example const server = await listen([accountHandlers], { port: 8787 })
 */
export const listen = async (
  implementations: readonly Implementation[],
  options: ListenOptions,
): Promise<Listening> => {
  const { port, host = '127.0.0.1', ...rest } = options
  if (rest.keys === undefined && !loopback.includes(host))
    throw new MillraceError(
      'SETTING_INVALID',
      `functions would be open to everybody who reaches ${host}: set keys, or listen on 127.0.0.1`,
    )
  const app = serve(implementations, rest)
  const server = createAdaptorServer({ fetch: (request) => app.fetch(request), overrideGlobalObjects: false })
  if (!(server instanceof Server)) throw new MillraceError('INTERNAL', 'the adaptor made no HTTP server')
  let closing = false
  // A connection that is kept alive would hold the server open after its last answer.
  server.on('request', (_, response) => response.once('close', () => closing && server.closeIdleConnections()))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new MillraceError('SETTING_INVALID', `cannot listen on ${host}:${port}: ${cause.message}`, { cause })),
    )
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}${rest.path ?? ''}`,
    port: bound,
    close: () =>
      new Promise((resolve, reject) => {
        closing = true
        server.close((error) => (error === undefined ? resolve() : reject(error)))
        server.closeIdleConnections()
      }),
  }
}
