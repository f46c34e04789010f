import { equalBytes, utf8Encode } from '../model/bytes.ts'
import { isMillraceError, MillraceError } from '../model/errors.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { ObjectStore, PutOutcome } from '../ports/object-store.ts'
import { type Random, randomId } from '../ports/random.ts'

// Rule 30. Stores that lie do so under concurrency and not each time: of those measured, two writers won in 2 to 3 rounds of
// 20, so that rounds have to be many and all of a round's writers have to be under way at once.
const rounds = 20
const roundsAtOnce = 5
const writersAtOnce = 8
const attemptsMax = 4
const attemptPauseMs = 200
/** Rule 28. */
const skewMsMax = 60_000

const remedy =
  'Millrace fences with conditional writes (If-None-Match: * and If-Match on PUT): take a store that has them, such as ' +
  'AWS S3, Cloudflare R2 or MinIO'

/**
 * Shows by races that a store's conditional writes hold, that it may be read, listed and written, and that its clock is
 * near to this machine's. Throws a MillraceError: STORE_UNSUITABLE that says what happened, CLOCK_SKEW, or what the store
 * itself raised. Its objects lie below `probe/` and are deleted.
 */
export const probeStore = async (store: ObjectStore, random: Random, clock: Clock): Promise<void> => {
  const folder = `probe/${randomId(random)}`
  const keys: string[] = []
  try {
    await probeAll(store, folder, keys, random, clock)
  } catch (error) {
    // What stays behind is a handful of tiny objects: no reason to hide why a probe failed.
    await store.delete(keys).catch(() => undefined)
    throw error
  }
  await store.delete(keys).catch((error: unknown) => {
    // What may pass is no reason to refuse a store. But who must not delete would keep every window for ever.
    if (isMillraceError(error) && error.code === 'STORE_FORBIDDEN') throw error
  })
}

const probeAll = async (
  store: ObjectStore,
  folder: string,
  keys: string[],
  random: Random,
  clock: Clock,
): Promise<void> => {
  await probeBasics(store, folder, keys, clock)
  for (let round = 0; round < rounds; round += roundsAtOnce) {
    const names = Array.from({ length: roundsAtOnce }, (_, i) => `${folder}/race-${round + i}`)
    keys.push(...names)
    // All are waited for before the first failure is told, so that none of them writes after the objects were deleted.
    const ended = await Promise.allSettled(names.map((key) => probeRaces(store, key, random)))
    for (const one of ended) if (one.status === 'rejected') throw one.reason
  }
  await probeAbsentSwap(store, `${folder}/absent`, keys, clock)
  await probeListing(store, folder, `${folder}/race-0`)
}

const probeBasics = async (store: ObjectStore, folder: string, keys: string[], clock: Clock): Promise<void> => {
  const bytes = utf8Encode('probe')
  let key = ''
  // A key of its own for each attempt: one whose answer was lost may have written its object.
  const put = await answered(clock, (attempt) => {
    keys.push((key = `${folder}/basics-${attempt}`))
    return store.putIfAbsent(key, bytes)
  })
  if (put.kind === 'conflict') throw unsuitable('a PUT with If-None-Match: * of a new key was refused')
  // The store's Date has whole seconds and is older than the answer by its way here: both far below the bound.
  if (put.storeTimeMs !== undefined && Math.abs(put.storeTimeMs - clock.now()) > skewMsMax) {
    const skewS = Math.round((clock.now() - put.storeTimeMs) / 1000)
    throw new MillraceError(
      'CLOCK_SKEW',
      `this machine's clock is ${Math.abs(skewS)} s ${skewS > 0 ? 'ahead of' : 'behind'} the store's; at most ` +
        `${skewMsMax / 1000} s are allowed: set it right, by NTP for instance`,
    )
  }
  const got = await store.get(key)
  if (!got || !equalBytes(got.bytes, bytes)) throw unsuitable('an object could not be read back right after its PUT')
  if (got.etag !== put.etag) throw unsuitable('a GET answers another ETag than the PUT before it')
}

const probeRaces = async (store: ObjectStore, key: string, random: Random): Promise<void> =>
  probeSwappers(store, key, await probeCreators(store, key, random), random)

const probeCreators = async (store: ObjectStore, key: string, random: Random): Promise<string> => {
  const winner = await race(store, key, random, 'If-None-Match: *', (bytes) => store.putIfAbsent(key, bytes))
  if ((await store.putIfAbsent(key, utf8Encode('late'))).kind === 'ok')
    throw unsuitable('a PUT with If-None-Match: * overwrote an object that was there')
  return winner
}

const probeSwappers = async (store: ObjectStore, key: string, etag: string, random: Random): Promise<void> => {
  await race(store, key, random, 'If-Match', (bytes) => store.putIfMatch(key, bytes, etag))
  if ((await store.putIfMatch(key, utf8Encode('late'), etag)).kind === 'ok')
    throw unsuitable('a PUT with If-Match of an ETag that is no longer there succeeded')
}

/** Some stores answer 404 for it and some 412: both are a conflict. It must not create the object. */
const probeAbsentSwap = async (store: ObjectStore, key: string, keys: string[], clock: Clock): Promise<void> => {
  const etag = (await store.get(keys[0]!))?.etag ?? '"00000000000000000000000000000000"'
  keys.push(key)
  const swapped = await answered(clock, () => store.putIfMatch(key, utf8Encode('ghost'), etag))
  if (swapped.kind === 'ok') throw unsuitable('a PUT with If-Match created an object that was not there')
}

const probeListing = async (store: ObjectStore, folder: string, written: string): Promise<void> => {
  for await (const { key } of store.list(`${folder}/`)) if (key === written) return
  throw unsuitable('an object that was written is missing from a list')
}

/** The outcome of a write that got an answer; a store that answers nothing several times is unavailable. */
const answered = async (
  clock: Clock,
  write: (attempt: number) => Promise<PutOutcome>,
): Promise<Exclude<PutOutcome, { kind: 'unknown' }>> => {
  for (let attempt = 0; ; attempt++) {
    const outcome = await write(attempt)
    if (outcome.kind !== 'unknown') return outcome
    if (attempt === attemptsMax - 1) throw unavailable(outcome.cause)
    await sleep(clock, attemptPauseMs)
  }
}

/** Exactly one of many writers must win, and its bytes must be there. Answers the winner's ETag. */
const race = async (
  store: ObjectStore,
  key: string,
  random: Random,
  condition: string,
  put: (bytes: Uint8Array) => Promise<PutOutcome>,
): Promise<string> => {
  const writers = Array.from({ length: writersAtOnce }, () => random.bytes(32))
  const outcomes = await Promise.all(writers.map(put))
  const wins = outcomes.flatMap((outcome, i) =>
    outcome.kind === 'ok' ? [{ etag: outcome.etag, bytes: writers[i]! }] : [],
  )
  const [winner] = wins
  if (wins.length > 1)
    throw unsuitable(
      `of ${writersAtOnce} parallel PUTs of one object with ${condition}, ${wins.length} succeeded instead of one`,
    )
  const got = await store.get(key)
  // An answer that was lost may have been the winner's: then whoever's bytes are there has won.
  const lost = outcomes.find((outcome) => outcome.kind === 'unknown')
  const there = got && writers.findIndex((bytes) => equalBytes(bytes, got.bytes))
  if (!winner && lost && got && there !== undefined && outcomes[there]?.kind === 'unknown') return got.etag
  if (!winner && lost) throw unavailable(lost.cause)
  if (!winner) throw unsuitable(`of ${writersAtOnce} parallel PUTs of one object with ${condition}, none succeeded`)
  if (!got || !equalBytes(got.bytes, winner.bytes))
    throw unsuitable(
      `of ${writersAtOnce} parallel PUTs with ${condition} one succeeded, but another one's bytes are there`,
    )
  return winner.etag
}

const unsuitable = (what: string): MillraceError =>
  new MillraceError('STORE_UNSUITABLE', `this store cannot be used, since ${what}. ${remedy}`)

const unavailable = (cause: Error): MillraceError =>
  new MillraceError('STORE_UNAVAILABLE', `the store did not answer while it was probed: ${cause.message}`, { cause })
