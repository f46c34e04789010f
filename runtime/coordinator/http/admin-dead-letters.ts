import type { Context, Hono } from 'hono'
import { readDeadLetter } from '../../shard/read-dead-letter.ts'
import type { PlacedLetter } from '../dead-letters.ts'
import { AdminAnswer } from './admin-answer.ts'
import { bodyFields } from './body-fields.ts'
import { bytesView } from './bytes-view.ts'
import { HttpError } from './http-error.ts'
import type { CoordinatorHolder, HttpAppOptions } from './options.ts'
import { BodyReader } from './read-body.ts'
import { pathParts } from './target.ts'

const shownMax = 1_000
const resentAtOnceMax = 1_000

/** What failed for good, and sending it to its address once more. */
export const mountDeadLetters = (app: Hono, holder: CoordinatorHolder, options: HttpAppOptions): void => {
  const admin = new AdminAnswer(holder, options)
  const bodies = new BodyReader(options.limits)
  app.get('/admin/dead-letters', async (c) => {
    const { address, code } = c.req.query()
    const max = maxOf(c)
    const matches = (record: PlacedLetter['record']): boolean => {
      if (address === undefined && code === undefined) return true
      const notes = readDeadLetter(record)
      return (address ?? notes.address) === notes.address && (code ?? notes.code) === notes.code
    }
    const { deadLetters } = admin.running
    const { letters, complete } = await admin.wait(c, deadLetters.newest({ max, matches }))
    return c.json({ topic: deadLetters.topic, complete, letters: letters.map(letterView) })
  })
  app.get('/admin/dead-letters/*', async (c) => {
    const [, , partition = '', offset = ''] = pathParts(c.req.url, 4, '/admin/dead-letters/<partition>/<offset>')
    const place = placeOf(`${partition}/${offset}`)
    const record = await admin.wait(c, admin.running.deadLetters.at(place.partition, place.offset))
    const { value } = record
    return c.json({ ...letterView({ partition: place.partition, record }), value: value && bytesView(value) })
  })
  app.post('/admin/dead-letters/resend', async (c) => {
    const fields = await bodyFields(bodies, c.req.raw, ['letters', 'outOfOrder', 'first'])
    const places = fields.list('letters', resentAtOnceMax).map(placeOf)
    const how = { outOfOrder: fields.flag('outOfOrder'), first: fields.flag('first') }
    const resent = await admin.wait(c, admin.running.resend(places, how))
    return c.json({
      letters: resent.map(({ partition, offset, again, addresses }) => ({
        place: `${partition}/${offset}`,
        sent: !again,
        addresses,
      })),
    })
  })
}

const maxOf = (c: Context): number => {
  const max = Number(c.req.query('max') ?? 100)
  if (Number.isInteger(max) && max >= 1 && max <= shownMax) return max
  throw new HttpError(400, 'VALUE_INVALID', `max must be a whole number from 1 to ${shownMax}`)
}

const placeOf = (place: unknown): { readonly partition: number; readonly offset: number } => {
  const [, partition, offset] = /^(\d{1,9})\/(\d{1,15})$/.exec(typeof place === 'string' ? place : '') ?? []
  if (partition !== undefined && offset !== undefined) return { partition: Number(partition), offset: Number(offset) }
  const message = 'a dead letter is named <partition>/<offset>, as 0/12: see millrace dead-letters list'
  throw new HttpError(400, 'VALUE_INVALID', message)
}

const letterView = ({ partition, record }: PlacedLetter) => {
  const { origin, code, error, address, message, messageId, attempts } = readDeadLetter(record)
  const { source, record: original, caller } = origin
  return {
    place: `${partition}/${record.offset}`,
    at: new Date(record.timestampMs).toISOString(),
    code: code ?? null,
    error: error ?? null,
    address: address ?? null,
    message: message ?? null,
    messageId: messageId ?? null,
    attempts,
    from: source && original ? `${source.topic}/${source.partition}/${original.offset}` : null,
    caller: caller ? `${caller.typename}/${caller.id}` : null,
    key: record.key && bytesView(record.key),
    valueBytes: record.value?.length ?? null,
  }
}
