import type { Hono } from 'hono'
import { isMillraceError, messageOf } from '../../model/errors.ts'
import type { SavepointDescription } from '../../log/savepoint/description.ts'
import { savepointName } from '../../log/savepoint/savepoint-name.ts'
import { HttpError } from './http-error.ts'
import type { CoordinatorHolder, HttpAppOptions } from './options.ts'
import { started } from './started.ts'
import { pathParts } from './target.ts'

/** How far a savepoint is that this process was asked for. */
type Job =
  | { readonly state: 'writing' }
  | { readonly state: 'written'; readonly savepoint: SavepointDescription }
  | { readonly state: 'failed'; readonly code: string; readonly message: string }

/** The last ones are told of. */
const jobsKept = 20

/**
 * Takes savepoints beside the application's state, and nowhere else: whoever may ask here shall not choose where this
 * process writes. A large state takes longer than a request may, so one asks again until it is done.
 */
export const mountSavepoints = (app: Hono, holder: CoordinatorHolder, options: HttpAppOptions): void => {
  const jobs = new Map<string, Job>()
  const keep = (name: string, job: Job): void => {
    jobs.delete(name)
    jobs.set(name, job)
    for (const oldest of jobs.keys()) if (jobs.size > jobsKept) jobs.delete(oldest)
  }
  const nameOf = (url: string): string => {
    const [, , name = ''] = pathParts(url, 3, '/admin/savepoints/<name>')
    try {
      return savepointName(name)
    } catch (error) {
      throw new HttpError(400, 'SETTING_INVALID', messageOf(error))
    }
  }
  app.post('/admin/savepoints/*', (c) => {
    const { savepointFormat } = options
    const name = nameOf(c.req.url)
    const running = started(holder)
    if (!savepointFormat) throw new HttpError(404, 'NOT_FOUND', 'this coordinator takes no savepoints')
    if ([...jobs.values()].some(({ state }) => state === 'writing'))
      throw new HttpError(409, 'OVERLOADED', 'another savepoint is being written: wait for it')
    keep(name, { state: 'writing' })
    running.savepoint(name, savepointFormat).then(
      (savepoint) => keep(name, { state: 'written', savepoint }),
      (error: unknown) =>
        keep(name, {
          state: 'failed',
          code: isMillraceError(error) ? error.code : 'INTERNAL',
          message: messageOf(error),
        }),
    )
    return c.json({ state: 'writing' }, 202)
  })
  app.get('/admin/savepoints/*', (c) => {
    const name = nameOf(c.req.url)
    const job = jobs.get(name)
    if (job) return c.json(job)
    throw new HttpError(404, 'NOT_FOUND', `this coordinator was not asked for a savepoint ${name}`)
  })
}
