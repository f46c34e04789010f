import { equalBytes } from '../model/bytes.ts'
import { isMillraceError, MillraceError } from '../model/errors.ts'
import type { Clock } from '../ports/clock.ts'
import { sleep } from '../ports/clock.ts'
import type { ObjectStore, StoredObject } from '../ports/object-store.ts'
import { decodeManifest, encodeManifest, type Manifest } from './manifest.ts'
import { manifestKey } from './names.ts'

export type ManifestUpdate = Omit<Partial<Manifest>, 'format' | 'counter' | 'writer' | 'uuid'>

/** The manifest as this incarnation last saw it, and the only way to change it (rules 20 and 27). */
export class ManifestStore {
  private readonly store: ObjectStore
  private readonly clock: Clock
  private readonly writer: string
  private readonly key: string
  private seen: { manifest: Manifest; etag: string } | undefined

  constructor(store: ObjectStore, clock: Clock, uuid: string, writer: string) {
    this.store = store
    this.clock = clock
    this.writer = writer
    this.key = manifestKey(uuid)
  }

  /** As last read or written. */
  get current(): Manifest {
    if (!this.seen) throw new MillraceError('INTERNAL', 'the manifest is asked for before it was read')
    return this.seen.manifest
  }

  async read(): Promise<Manifest | undefined> {
    const object = await this.store.get(this.key)
    if (!object) return undefined
    this.seen = { manifest: decodeManifest(object.bytes, this.key), etag: object.etag }
    return this.seen.manifest
  }

  /** Writes the first manifest; false when another was faster. */
  async create(manifest: Manifest): Promise<boolean> {
    return (await this.write(manifest, undefined)) === 'written'
  }

  /** Changes what was last seen. `superseded` when another incarnation has changed it since. */
  async update(change: ManifestUpdate): Promise<'written' | 'superseded'> {
    const { manifest, etag } = this.seen ?? { manifest: this.current, etag: '' }
    return this.write({ ...manifest, ...change, counter: manifest.counter + 1, writer: this.writer }, etag)
  }

  /** True while nobody else has written the manifest since this incarnation last did. Leaves `current` as it was. */
  async isStillOurs(): Promise<boolean> {
    return (await this.look()).isOurs
  }

  /** As `isStillOurs`, with the store's time. */
  async look(): Promise<{ readonly isOurs: boolean; readonly storeTimeMs: number | undefined }> {
    const object = await this.store.get(this.key)
    const isOurs = object !== undefined && decodeManifest(object.bytes, this.key).writer === this.writer
    return { isOurs, storeTimeMs: object?.storeTimeMs }
  }

  private async readBack(): Promise<StoredObject | undefined | 'unread'> {
    try {
      return await this.store.get(this.key)
    } catch (error) {
      if (isMillraceError(error) && error.code === 'STORE_UNAVAILABLE') return 'unread'
      throw error
    }
  }

  /** The same bytes until their fate is known; an answer in doubt is cleared up by reading back. */
  private async write(manifest: Manifest, etag: string | undefined): Promise<'written' | 'superseded'> {
    const bytes = encodeManifest(manifest)
    for (let pause = 20; ; pause = Math.min(pause * 2, 2_000)) {
      const put =
        etag === undefined
          ? await this.store.putIfAbsent(this.key, bytes)
          : await this.store.putIfMatch(this.key, bytes, etag)
      if (put.kind === 'ok') {
        this.seen = { manifest, etag: put.etag }
        return 'written'
      }
      if (put.kind === 'conflict') {
        const now = await this.readBack()
        if (now !== 'unread') {
          // Its bytes and not its counter: an earlier write of this incarnation may have taken effect unnoticed.
          if (!now || !equalBytes(now.bytes, bytes)) return 'superseded'
          this.seen = { manifest, etag: now.etag }
          return 'written'
        }
      }
      await sleep(this.clock, pause)
    }
  }
}

const looksMax = 5

/** Whether another incarnation has taken over; false where the store does not say so in a few looks. */
export const isSuperseded = async (manifests: ManifestStore, clock: Clock): Promise<boolean> => {
  for (let look = 1; ; look++) {
    try {
      return !(await manifests.isStillOurs())
    } catch {
      if (look === looksMax) return false
      await sleep(clock, 200 * look)
    }
  }
}
