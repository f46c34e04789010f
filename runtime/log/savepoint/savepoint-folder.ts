import { MillraceError } from '../../model/errors.ts'
import { sleep, type Clock } from '../../ports/clock.ts'
import type { FileStore } from '../../ports/file-store.ts'
import type { PutOutcome } from '../../ports/object-store.ts'
import { decodeDescription, descriptionName, encodeDescription, type SavepointDescription } from './description.ts'

const attemptsMax = 12
const deleteAtOnce = 500

/** The files of one savepoint: everything in `store` whose name begins with `prefix` and a slash. */
export class SavepointFolder {
  /** As people know it. */
  readonly place: string
  private readonly store: FileStore
  private readonly clock: Clock
  private readonly prefix: string

  constructor(store: FileStore, clock: Clock, prefix: string, place = prefix) {
    this.store = store
    this.clock = clock
    this.prefix = prefix
    this.place = place
  }

  private keyOf(name: string): string {
    return this.prefix === '' ? name : `${this.prefix}/${name}`
  }

  async read(name: string): Promise<Uint8Array> {
    const object = await this.store.get(this.keyOf(name))
    if (object) return object.bytes
    throw new MillraceError('STORE_CORRUPT', `${this.place} has no ${name}: the savepoint is not whole, copy it again`)
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    await this.untilKnown(() => this.store.put(this.keyOf(name), bytes))
  }

  /** Undefined where there is no savepoint. */
  async description(): Promise<SavepointDescription | undefined> {
    const object = await this.store.get(this.keyOf(descriptionName))
    return object && decodeDescription(object.bytes, `${this.place}/${descriptionName}`)
  }

  /** Throws SAVEPOINT_UNKNOWN where there is none. */
  async described(): Promise<SavepointDescription> {
    const description = await this.description()
    if (description) return description
    throw this.unknown()
  }

  /** Throws SAVEPOINT_UNKNOWN where there is none; what its description says does not matter. */
  async known(): Promise<void> {
    if (!(await this.store.get(this.keyOf(descriptionName)))) throw this.unknown()
  }

  /**
   * Makes it ready for a new savepoint: what an attempt has left that was never completed must not lie among its files.
   * Throws SAVEPOINT_EXISTS where there is one.
   */
  async prepare(): Promise<void> {
    if (await this.store.get(this.keyOf(descriptionName))) throw this.existing()
    await this.deleteFiles()
  }

  /** Makes the files that are written a savepoint. */
  async complete(description: SavepointDescription): Promise<void> {
    const bytes = encodeDescription(description)
    const put = await this.untilKnown(() => this.store.putIfAbsent(this.keyOf(descriptionName), bytes))
    if (put === 'ok') return
    // An earlier attempt of this very process may have taken effect unnoticed.
    const there = await this.store.get(this.keyOf(descriptionName))
    if (!there || Buffer.compare(there.bytes, bytes) !== 0) throw this.existing()
  }

  private unknown(): MillraceError {
    return new MillraceError('SAVEPOINT_UNKNOWN', `there is no savepoint ${this.place}`)
  }

  private existing(): MillraceError {
    return new MillraceError(
      'SAVEPOINT_EXISTS',
      `there is a savepoint ${this.place} already: take another name, or delete it first`,
    )
  }

  /** Removes it, its description first: what is left half-way is no savepoint. Answers how many files there were. */
  async delete(): Promise<number> {
    await this.store.delete([this.keyOf(descriptionName)])
    return this.deleteFiles()
  }

  private async deleteFiles(): Promise<number> {
    const keys: string[] = []
    for await (const { key } of this.store.list(this.keyOf(''))) keys.push(key)
    for (let from = 0; from < keys.length; from += deleteAtOnce)
      await this.store.delete(keys.slice(from, from + deleteAtOnce))
    return keys.length
  }

  private async untilKnown(put: () => Promise<PutOutcome>): Promise<'ok' | 'conflict'> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await put()
      if (outcome.kind !== 'unknown') return outcome.kind
      if (attempt === attemptsMax) {
        const message = `writing to ${this.place}: ${outcome.cause.message}`
        throw new MillraceError('STORE_UNAVAILABLE', message, { cause: outcome.cause })
      }
      await sleep(this.clock, Math.min(50 * 2 ** attempt, 5_000))
    }
  }
}
