import type { DatabaseSync } from 'node:sqlite'
import type { MillraceError } from '../../model/errors.ts'
import type { LogOutcome } from '../../ports/transactional-log.ts'
import { LogEngine } from '../memory/log-engine.ts'
import type { LogCall, LogRequest } from './log-call.ts'
import { logFileError } from './log-file.ts'
import { SqliteBatches } from './sqlite-batches.ts'

export interface GroupAnswer {
  readonly id: number
  readonly outcome: LogOutcome<unknown>
}

/**
 * Performs all requests that have come in together within one transaction of the database, then answers: nothing is
 * answered before it is durable.
 *
 * One exception: what a producer sends within its transaction is written, but forced to the disk only with the
 * transaction's end. After a power cut it would be aborted in any case, and the disk's log is forced in its order, so
 * that the end's force holds for all before it.
 */
export class GroupCommit {
  private readonly database: DatabaseSync
  private readonly file: string
  private readonly recordBytesMax: number
  private engine: LogEngine
  private forces = true

  constructor(database: DatabaseSync, file: string, recordBytesMax: number) {
    this.database = database
    this.file = file
    this.recordBytesMax = recordBytesMax
    this.engine = this.load()
    this.abortAll()
  }

  perform(requests: readonly LogRequest[]): GroupAnswer[] {
    try {
      this.setForces(requests.some(({ call }) => call && mustBeForced(call)))
      this.database.exec('BEGIN')
      this.engine.expire(Math.max(...requests.map(({ nowMs }) => nowMs)))
      const answers = requests.map(({ id, call }) => ({ id, outcome: call ? answerOf(this.engine, call) : nothing }))
      this.database.exec('COMMIT')
      return answers
    } catch (error) {
      return this.undo(requests, logFileError(error, this.file))
    }
  }

  /** The topics in which readers may find more since the last question. */
  takeAdvanced(): ReadonlySet<string> {
    const advanced = new Set(this.engine.advanced)
    this.engine.advanced.clear()
    return advanced
  }

  nextExpiryMs(): number | undefined {
    return this.engine.nextExpiryMs()
  }

  private load(): LogEngine {
    return new LogEngine(new SqliteBatches(this.database), this.recordBytesMax)
  }

  /** The file belongs to one process: what is open when it is opened was left by one that is dead. */
  private abortAll(): void {
    this.database.exec('BEGIN')
    this.engine.expire(Infinity)
    this.database.exec('COMMIT')
    this.engine.advanced.clear()
  }

  private undo(requests: readonly LogRequest[], cause: MillraceError): GroupAnswer[] {
    if (this.database.isTransaction) this.database.exec('ROLLBACK')
    // What the engine has noted is not so: it is read anew from what the file holds.
    this.engine = this.load()
    for (const topic of this.engine.topicNames()) this.engine.advanced.add(topic)
    return requests.map(({ id, call }) => ({ id, outcome: this.undone(call, cause) }))
  }

  /** A producer whose transaction has begun may not go on after an error (rule 11), all else may be asked again. */
  private undone(call: LogCall | undefined, cause: MillraceError): LogOutcome<never> {
    if (cause.code === 'INTERNAL' || cause.code === 'LOG_CORRUPT') return { kind: 'fatal', cause }
    const inTransaction = call?.method === 'produce' && this.engine.hasOpenTransaction(call.args[0])
    return { kind: call?.method === 'end' || inTransaction ? 'ambiguous' : 'retriable', cause }
  }

  private setForces(forces: boolean): void {
    if (this.forces !== forces) this.database.exec(`PRAGMA synchronous = ${forces ? 'FULL' : 'NORMAL'}`)
    this.forces = forces
  }
}

const nothing: LogOutcome<undefined> = { kind: 'ok', value: undefined }

const mustBeForced = ({ method }: LogCall): boolean => method !== 'produce' && method !== 'commitGroupOffsets'

const answerOf = (engine: LogEngine, { method, args }: LogCall): LogOutcome<unknown> =>
  Reflect.apply(engine[method], engine, args)
