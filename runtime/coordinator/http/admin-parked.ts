import type { Hono } from 'hono'
import { AdminAnswer } from './admin-answer.ts'
import { bodyFields } from './body-fields.ts'
import { editMutations } from './edit-state.ts'
import { HttpError } from './http-error.ts'
import type { CoordinatorHolder, HttpAppOptions } from './options.ts'
import { parkedView, waitingView } from './parked-view.ts'
import { BodyReader } from './read-body.ts'
import { pathParts } from './target.ts'

const addressForm = '<namespace>/<name>/<id>'

/** Addresses and functions that are not invoked: who they are, and what people do about them. */
export const mountParked = (app: Hono, holder: CoordinatorHolder, options: HttpAppOptions): void => {
  const admin = new AdminAnswer(holder, options)
  const bodies = new BodyReader(options.limits)
  app.get('/admin/parked', async (c) =>
    c.json(await admin.look(c, (shard) => parkedView(shard, c.req.query('function')))),
  )
  app.get('/admin/parked/*', async (c) => {
    const [typename, id] = addressOf(c.req.url, '/admin/parked', 2)
    const view = await admin.look(c, (shard) => waitingView(shard, typename, id))
    if (view) return c.json(view)
    throw new HttpError(404, 'NOT_FOUND', `${typename}/${id} is neither parked nor paused`.slice(0, 2_000))
  })
  app.post('/admin/parked/retry', async (c) =>
    c.json({ retried: await admin.wait(c, admin.running.retryParked(c.req.query('function'))) }),
  )
  for (const act of ['retry', 'skip'] as const)
    app.post(`/admin/parked/${act}/*`, async (c) => {
      const [typename, id] = addressOf(c.req.url, `/admin/parked/${act}`, 3)
      return c.json({ messages: await admin.change(c, (operator) => operator[act](typename, id)) })
    })
  for (const act of ['pause', 'resume'] as const)
    app.post(`/admin/${act}/*`, async (c) => {
      const [typename, id] = functionOf(c.req.url, `/admin/${act}`)
      await admin.change(c, (operator) => operator[act](typename, id))
      return c.json({ [act === 'pause' ? 'paused' : 'resumed']: id === undefined ? typename : `${typename}/${id}` })
    })
  app.post('/admin/state/*', async (c) => {
    const [typename, id] = addressOf(c.req.url, '/admin/state', 2)
    const fields = await bodyFields(bodies, c.req.raw, ['state', 'value', 'clear'])
    const edit = { state: fields.text('state'), value: fields.flag('clear') ? undefined : fields.given('value') }
    await admin.change(c, (operator) =>
      operator.editState(typename, id, (table, before) => editMutations(table, edit, before)),
    )
    return c.json({ edited: edit.state })
  })
}

const addressOf = (url: string, path: string, before: number): readonly [typename: string, id: string] => {
  const parts = pathParts(url, before + 3, `${path}/${addressForm}`).slice(before)
  return [`${parts[0]}/${parts[1]}`, parts[2] ?? '']
}

/** A function, or an address of it. */
const functionOf = (url: string, path: string): readonly [typename: string, id: string | undefined] => {
  const count = new URL(url).pathname.split('/').length - 1
  const form = `${path}/<namespace>/<name> or ${path}/${addressForm}`
  const [, , namespace = '', name = '', id] = pathParts(url, count === 5 ? 5 : 4, form)
  return [`${namespace}/${name}`, id]
}
