import { MillraceError } from '../model/errors.ts'
import { valueToJson } from '../protocol/value-json.ts'
import type { SavepointDescription } from '../log/savepoint/description.ts'
import type { SavepointFolder } from '../log/savepoint/savepoint-folder.ts'
import { SavepointWriter, type SavepointOrigin } from '../log/savepoint/savepoint-writer.ts'
import { SnapshotParts } from '../log/savepoint/snapshot-parts.ts'
import type { ToJson } from '../log/savepoint/state-rows.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { RowFiles } from '../ports/row-files.ts'
import type { Shard } from '../shard/shard.ts'
import type { ClosedWindow } from './open-window.ts'

/** Someone wants a savepoint of the present. */
export interface SavepointRequest {
  readonly name: string
  readonly folder: SavepointFolder
  readonly format: RowFiles
  readonly done: (description: SavepointDescription) => void
  readonly failed: (error: unknown) => void
}

export interface SavepointsHooks {
  /** Everything up to this window is to be published, and to be told. */
  readonly wantMark: (number: number) => void
  readonly lookAgain: () => void
}

export type SavepointsOptions = Pick<SavepointOrigin, 'application' | 'uuid' | 'maxParallelism'> & {
  readonly log: string
}

const lookAgainMs = 100
const breathMsMax = 100

/** Values as JSON beside their bytes; what is of no built-in type and no JSON has none. */
export const jsonOf: ToJson = (typename, bytes) => {
  const json = typename === 'io.millrace.types/bytes' ? undefined : valueToJson(typename, bytes)
  return json === undefined ? null : JSON.stringify(json)
}

/**
 * Writes savepoints while records flow. A savepoint is of one window, as it was when it was closed. It is complete once
 * that window is committed and the marker has passed it: so all that it has caused is published, and nobody who goes on
 * from it owes anything.
 */
export class Savepoints {
  private readonly clock: Clock
  private readonly options: SavepointsOptions
  private readonly hooks: SavepointsHooks
  private request: SavepointRequest | undefined
  private writing = false
  private cancelLook: (() => void) | undefined
  private published = 0
  private waiter: { readonly number: number; readonly resolve: () => void } | undefined

  constructor(clock: Clock, options: SavepointsOptions, hooks: SavepointsHooks) {
    this.clock = clock
    this.options = options
    this.hooks = hooks
  }

  /** One at a time. */
  begin(request: SavepointRequest): void {
    if (this.request)
      return request.failed(
        new MillraceError('LIMIT_EXCEEDED', `savepoint ${this.request.name} is still being written`),
      )
    this.request = request
  }

  /** Whether a window has to be closed, be it empty, for a savepoint to begin. */
  wantsWindow(shard: Shard): boolean {
    if (!this.request || this.writing) return false
    if (!shard.snapshot) return true
    // A checkpoint is being written: one snapshot at a time.
    this.cancelLook?.()
    this.cancelLook = this.clock.after(lookAgainMs, this.hooks.lookAgain)
    return false
  }

  /** Call right after a window was closed, before anything changes: the savepoint is of this moment. */
  closed(window: ClosedWindow, shard: Shard): void {
    const { request } = this
    if (!request || this.writing || shard.snapshot) return
    this.writing = true
    const snapshot = new SnapshotParts(shard, window.clockMs)
    this.write(request, window, shard, snapshot.parts()).then(
      (description) => {
        snapshot.end()
        this.end()
        request.done(description)
      },
      (error: unknown) => {
        snapshot.end()
        this.end()
        request.failed(error)
      },
    )
  }

  private end(): void {
    this.request = undefined
    this.writing = false
    this.waiter = undefined
  }

  /** Everything up to this window of the own log, and so all logs before it, is published. */
  publishedTo(number: number): void {
    this.published = number
    if (this.waiter && number >= this.waiter.number) this.waiter.resolve()
  }

  /** Takes no more than half of the time, so that records go on flowing. */
  private breathing(): () => Promise<void> {
    let since = this.clock.monotonic()
    return async () => {
      await sleep(this.clock, Math.min(breathMsMax, this.clock.monotonic() - since))
      since = this.clock.monotonic()
    }
  }

  private async write(
    { name, folder, format }: SavepointRequest,
    { number, clockMs }: ClosedWindow,
    shard: Shard,
    parts: Iterable<Shard>,
  ): Promise<SavepointDescription> {
    const { log, application, uuid, maxParallelism } = this.options
    const known = new Set(shard.undelivered.values())
    const published = new Promise<void>((resolve) => (this.waiter = { number, resolve }))
    this.hooks.wantMark(number)
    // Here, where no other savepoint is under way whose files could be taken for left ones.
    await folder.prepare()
    const breathe = this.breathing()
    const writer = new SavepointWriter(folder, maxParallelism, { format, toJson: jsonOf, breathe })
    for (const part of parts) {
      await writer.add(part)
      await breathe()
    }
    if (this.published < number) await published
    // Records up to this window that the log refused after it was closed: they are kept in a later one (rule 17).
    for (const record of shard.undelivered.values())
      if (!known.has(record) && (record.place.log !== log || record.place.window <= number))
        await writer.addUndelivered(record)
    const createdMs = this.clock.now()
    const commit = { log, number }
    return writer.finish({ name, application, uuid, createdMs, commit, clockMs, maxParallelism })
  }
}
