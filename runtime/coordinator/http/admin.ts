import type { Hono } from 'hono'
import type { UndeliveredRecord } from '../../shard/journal.ts'
import type { Source } from '../../shard/lane.ts'
import type { RunningCoordinator } from '../running.ts'
import { viewActor } from './actor-view.ts'
import { AdminAnswer } from './admin-answer.ts'
import { bytesView } from './bytes-view.ts'
import { HttpError } from './http-error.ts'
import type { CoordinatorHolder, HttpAppOptions } from './options.ts'
import { reasonsUnready } from './readiness.ts'
import { RecentMetricsReader } from './recent-metrics.ts'
import { started } from './started.ts'
import { endpointStatus, statusOf } from './status.ts'
import { pathParts } from './target.ts'

/** Records that one answer lists; `total` tells of all. */
const undeliveredShownMax = 1_000

/**
 * What people and tools look at. State, positions and undeliverable records are shown as committed, and only while no other
 * coordinator has taken over; the status is numbers of the moment and comes in any case.
 */
export const mountAdmin = (app: Hono, holder: CoordinatorHolder, options: HttpAppOptions): void => {
  const recent = new RecentMetricsReader(options.telemetry, options.clock)
  const admin = new AdminAnswer(holder, options)
  app.get('/admin/status', async (c) => {
    const running = holder()
    const reasons = reasonsUnready(holder)
    const { application, clock } = options
    const base = { application, at: new Date(clock.now()).toISOString(), ready: reasons.length === 0, reasons }
    return c.json(running ? { ...base, ...statusOf(running, await recent.read()) } : { ...base, state: 'starting' })
  })
  app.get('/admin/functions', (c) => c.json({ functions: functionsOf(started(holder)) }))
  app.get('/admin/positions', async (c) => {
    const running = started(holder)
    const lags = new Map([...running.lags()].map(({ source, lag }) => [keyOf(source), lag]))
    const positions = await admin.look(c, (shard) =>
      [...shard.positions.all()].map(({ source, offset }) => {
        const { ingress, topic, partition } = source
        return { ingress, topic, partition, offset, lag: lags.get(keyOf(source)) ?? null }
      }),
    )
    return c.json({ positions })
  })
  app.get('/admin/egress', async (c) => {
    const { total, records } = await admin.look(c, ({ undelivered }) => ({
      total: undelivered.size,
      records: [...undelivered.values()].slice(0, undeliveredShownMax).map(undeliveredView),
    }))
    return c.json({ total, records })
  })
  app.post('/admin/egress/retry', async (c) => {
    const retried = await admin.wait(c, admin.running.retryUndelivered(c.req.query('topic')))
    return c.json({ retried })
  })
  app.get('/admin/state/*', async (c) => {
    const [, , namespace = '', name = '', id = ''] = pathParts(c.req.url, 5, '/admin/state/<namespace>/<name>/<id>')
    const typename = `${namespace}/${name}`
    const view = await admin.look(c, (shard) => viewActor(shard, typename, id, options.clock.now()))
    if (view) return c.json(view)
    throw new HttpError(404, 'NOT_FOUND', `nothing is known of ${typename}/${id}`.slice(0, 2_000))
  })
}

const keyOf = ({ ingress, topic, partition }: Source): string => JSON.stringify([ingress, topic, partition])

const functionsOf = (running: RunningCoordinator) =>
  running.endpoints.flatMap((endpoint) =>
    endpoint.binding.typenames.map((typename) => {
      const { endpoint: url, state, version, lastError } = endpointStatus(endpoint)
      const spec = endpoint.specs.get(typename)
      const held = endpoint.held.get(typename) ?? null
      return {
        typename,
        endpoint: { url, state, version, lastError },
        held,
        states: spec?.states ?? [],
        messages: spec?.messages ?? [],
        otherwise: spec?.otherwise ?? false,
        failure: spec?.failure ?? null,
      }
    }),
  )

const undeliveredView = ({ place, topic, reason, key, value }: UndeliveredRecord) => ({
  ...place,
  topic,
  reason,
  key: key && bytesView(key),
  valueBytes: value?.length ?? null,
})
