import { MillraceError } from '../model/errors.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { randomId, type Random } from '../ports/random.ts'
import { decodeCheckedJson, encodeCheckedJson } from './checked-json.ts'
import { applicationKey, applicationsPrefix } from './names.ts'

/**
 * The UUID of an application, which is made when it is first started. A name that the bucket does not know, while it knows
 * others, is taken for a slip unless `create` is set.
 */
export const applicationUuid = async (
  store: ObjectStore,
  clock: Clock,
  random: Random,
  application: string,
  create: boolean,
): Promise<string> => {
  const key = applicationKey(encodeURIComponent(application))
  for (let pause = 50; ; pause = Math.min(pause * 2, 2_000)) {
    const known = await store.get(key)
    if (known) return uuidOf(known.bytes, key)
    if (!create && (await isCreatedElsewhere(store, application))) continue
    const put = await store.putIfAbsent(key, encodeCheckedJson({ format: 2, uuid: randomId(random) }))
    if (put.kind === 'unknown') await sleep(clock, pause)
  }
}

/** The UUID that a name points to; undefined where the bucket does not know the name. */
export const findApplication = async (store: ObjectStore, application: string): Promise<string | undefined> => {
  const key = applicationKey(encodeURIComponent(application))
  const known = await store.get(key)
  return known && uuidOf(known.bytes, key)
}

/** The same, of an application that must be there. Throws APPLICATION_UNKNOWN. */
export const knownApplication = async (store: ObjectStore, application: string): Promise<string> => {
  const uuid = await findApplication(store, application)
  if (uuid !== undefined) return uuid
  const others = await knownNames(store)
  if (others.includes(application)) return knownApplication(store, application)
  const there = others.length === 0 ? 'nor any other' : `there is: ${others.join(', ')}`
  throw new MillraceError('APPLICATION_UNKNOWN', `there is no application ${application} here, ${there}`)
}

/**
 * Makes a name point to `uuid`: a free name, or one that points to `before` until now. False when another has taken it.
 */
export const nameApplication = async (
  store: ObjectStore,
  clock: Clock,
  application: string,
  uuid: string,
  before: string | undefined,
): Promise<boolean> => {
  const key = applicationKey(encodeURIComponent(application))
  const bytes = encodeCheckedJson({ format: 1, uuid })
  for (let pause = 50; ; pause = Math.min(pause * 2, 2_000)) {
    const known = await store.get(key)
    const is = known && uuidOf(known.bytes, key)
    if (is === uuid) return true
    if (is !== before) return false
    const put = known ? await store.putIfMatch(key, bytes, known.etag) : await store.putIfAbsent(key, bytes)
    if (put.kind === 'ok') return true
    if (put.kind === 'unknown') await sleep(clock, pause)
  }
}

const knownNames = async (store: ObjectStore): Promise<readonly string[]> => {
  const names: string[] = []
  for await (const { key } of store.list(applicationsPrefix))
    names.push(decodeURIComponent(key.slice(applicationsPrefix.length)))
  return names
}

/** True when somebody has created it meanwhile; throws where the bucket knows only others. */
const isCreatedElsewhere = async (store: ObjectStore, application: string): Promise<boolean> => {
  const known = await knownNames(store)
  if (known.length === 0 || known.includes(application)) return known.length > 0
  throw new MillraceError(
    'APPLICATION_UNKNOWN',
    `there is no application ${application} here; there is: ${known.join(', ')}. Start with --create to make a new one`,
  )
}

const uuidOf = (bytes: Uint8Array, key: string): string => {
  try {
    const { format, uuid } = decodeCheckedJson(bytes)
    if ((format === 1 || format === 2) && typeof uuid === 'string') return uuid
  } catch {
    // falls through to the error
  }
  throw new MillraceError('STORE_CORRUPT', `${key} does not hold the id of an application`)
}
