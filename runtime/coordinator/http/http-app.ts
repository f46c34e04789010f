import type { IncomingMessage, ServerResponse } from 'node:http'
import { Hono } from 'hono'
import { mountAdmin } from './admin.ts'
import { mountDeadLetters } from './admin-dead-letters.ts'
import { mountParked } from './admin-parked.ts'
import { guard } from './guard.ts'
import { commonHeaders } from './http-answer.ts'
import { errorResponse, httpErrorOf } from './http-error.ts'
import { Ingress } from './ingress.ts'
import type { CoordinatorHolder, HttpAppOptions } from './options.ts'
import { reasonsUnready } from './readiness.ts'
import { mountSavepoints } from './savepoints.ts'

/** The two halves of what is served, for `listen`. */
export interface HttpApp {
  /** Messages, POST /send/… and /call/…, on Node's own objects; false for anything else, which is for `fetch`. */
  readonly take: (request: IncomingMessage, response: ServerResponse) => boolean
  readonly fetch: (request: Request) => Response | Promise<Response>
}

/**
 * All that a coordinator answers over HTTP: messages in, state and numbers out. Hand it to a server that listens on
 * `bindHost`. While the holder has no coordinator yet, everything but /health, /ready, /metrics and the page is 503.
 * Throws SETTING_INVALID where `bindHost` is reachable for others and there is no token.
 * @example const server = await listen(httpApp(() => running, options), { host, port })
 */
export const httpApp = (holder: CoordinatorHolder, options: HttpAppOptions): HttpApp => {
  const check = guard(options.bindHost, options.token)
  const ingress = new Ingress(holder, options, check)
  const app = new Hono()
  app.use('*', async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(commonHeaders)) c.res.headers.set(name, value)
  })
  app.use('*', async (c, next) => {
    const { method, path } = c.req
    check({ method, path, host: new URL(c.req.url).host, header: (name) => c.req.header(name) })
    await next()
  })
  mount(app, holder, options)
  return { take: (request, response) => ingress.take(request, response), fetch: (request) => app.fetch(request) }
}

const mount = (app: Hono, holder: CoordinatorHolder, options: HttpAppOptions): void => {
  const { telemetry, page } = options
  app.get('/health', (c) => c.json({ status: 'alive' }))
  app.get('/ready', (c) => {
    const reasons = reasonsUnready(holder)
    return reasons.length === 0 ? c.json({ status: 'ready' }) : c.json({ status: 'unready', reasons }, 503)
  })
  app.get('/metrics', async (c) => {
    const type = 'text/plain; version=0.0.4; charset=utf-8'
    return c.body(await telemetry.scrape(), 200, { 'content-type': type })
  })
  if (page)
    app.get('/', (c) =>
      c.html(page.html, 200, {
        'content-security-policy': page.contentSecurityPolicy,
        'referrer-policy': 'no-referrer',
      }),
    )
  // Ingress takes those that are sent by POST.
  for (const path of ['/send/*', '/call/*'])
    app.all(path, () => errorResponse(405, 'NOT_FOUND', 'messages are sent by POST', { allow: 'POST' }))
  mountAdmin(app, holder, options)
  mountParked(app, holder, options)
  mountDeadLetters(app, holder, options)
  mountSavepoints(app, holder, options)
  app.notFound((c) => errorResponse(404, 'NOT_FOUND', `there is no ${c.req.method} ${c.req.path.slice(0, 200)}`))
  app.onError((error) => {
    const { status, code, message, headers } = httpErrorOf(error, telemetry.log)
    return errorResponse(status, code, message, headers)
  })
}
