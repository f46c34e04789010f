import { Hono } from 'hono'
import { isMillraceError, messageOf } from '../../model/errors.ts'
import { mountAdmin } from './admin.ts'
import { mountDeadLetters } from './admin-dead-letters.ts'
import { mountParked } from './admin-parked.ts'
import { guard } from './guard.ts'
import { errorResponse, HttpError } from './http-error.ts'
import { mountIngress } from './ingress.ts'
import type { CoordinatorHolder, HttpAppOptions } from './options.ts'
import { reasonsUnready } from './readiness.ts'
import { mountSavepoints } from './savepoints.ts'

/**
 * All that a coordinator answers over HTTP: messages in, state and numbers out. Hand its `fetch` to a server that listens
 * on `bindHost`. While the holder has no coordinator yet, everything but /health, /ready, /metrics and the page is 503.
 * Throws SETTING_INVALID where `bindHost` is reachable for others and there is no token.
 * @example const server = await listen(httpApp(() => running, options).fetch, { host, port })
 */
export const httpApp = (holder: CoordinatorHolder, options: HttpAppOptions): Hono => {
  const { telemetry, page } = options
  const app = new Hono()
  app.use('*', async (c, next) => {
    await next()
    c.res.headers.set('cache-control', 'no-store')
    c.res.headers.set('x-content-type-options', 'nosniff')
  })
  app.use('*', guard(options.bindHost, options.token))
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
  mountIngress(app, holder, options)
  mountAdmin(app, holder, options)
  mountParked(app, holder, options)
  mountDeadLetters(app, holder, options)
  mountSavepoints(app, holder, options)
  app.notFound((c) => errorResponse(404, 'NOT_FOUND', `there is no ${c.req.method} ${c.req.path.slice(0, 200)}`))
  app.onError((error) => {
    if (error instanceof HttpError) return errorResponse(error.status, error.code, error.message, error.headers)
    if (isMillraceError(error) && error.code === 'VALUE_INVALID') return errorResponse(400, error.code, error.message)
    telemetry.log.error('http-failed', messageOf(error))
    return errorResponse(500, 'INTERNAL', 'the request failed for a reason that is in the log')
  })
  return app
}
