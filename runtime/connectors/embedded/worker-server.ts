import { Worker } from 'node:worker_threads'
import { MillraceError } from '../../model/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LogOutcome } from '../../ports/transactional-log.ts'
import type { LogServer } from '../memory/log-server.ts'
import {
  type FromWorker,
  type LogAnswer,
  type LogArguments,
  type LogCall,
  type LogMethod,
  receivedError,
  receivedOutcome,
  type ToWorker,
} from './log-call.ts'

export interface WorkerOptions {
  readonly file: string
  readonly fileBytesMax: number | undefined
  readonly recordBytesMax: number
}

type Listener = (topics: ReadonlySet<string>) => void

interface Waiting {
  readonly method: LogMethod | undefined
  settle(outcome: LogOutcome<unknown>): void
}

// The worker is a module of its own beside this one: `.ts` where the sources run as they are, `.js` where they were built.
const workerUrl = new URL(`./embedded-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

/** The log in a worker thread, as this thread reaches it. All time is this thread's clock. */
export class WorkerServer implements LogServer {
  private readonly worker: Worker
  private readonly clock: Clock
  private readonly waiting = new Map<number, Waiting>()
  private readonly listeners = new Set<Listener>()
  private requests = 0
  private cancelExpiry: () => void = () => {}
  private onClosed: () => void = () => {}
  /** Why nothing more can be asked. */
  private down: MillraceError | undefined

  private constructor(worker: Worker, clock: Clock, file: string) {
    this.worker = worker
    this.clock = clock
    const ended = (why: string) => this.stop(new MillraceError('LOG_UNAVAILABLE', `the log ${file} stopped: ${why}`))
    worker.on('message', (message: FromWorker) => this.take(message))
    worker.on('error', (error) => ended(error.message))
    worker.on('exit', (code) => ended(`its thread ended with ${code}`))
  }

  static async open(options: WorkerOptions, clock: Clock): Promise<WorkerServer> {
    const worker = new Worker(workerUrl, { workerData: options, name: 'embedded-log' })
    await new Promise<void>((resolve, reject) => {
      worker.once('message', (message: FromWorker) =>
        message.kind === 'failed' ? reject(receivedError(message.error)) : resolve(),
      )
      worker.once('error', reject)
      worker.once('exit', (code) => reject(new MillraceError('LOG_UNAVAILABLE', `its thread ended with ${code}`)))
    }).catch(async (error: unknown) => {
      await worker.terminate()
      throw error
    })
    worker.removeAllListeners('error').removeAllListeners('exit')
    return new WorkerServer(worker, clock, options.file)
  }

  readonly partitions: LogServer['partitions'] = (topics) => this.ask('partitions', topics)
  readonly createTopic: LogServer['createTopic'] = (topic) => this.ask('createTopic', topic)
  readonly offsets: LogServer['offsets'] = (topic, partitions, at) => this.ask('offsets', topic, partitions, at)
  readonly read: LogServer['read'] = (positions, bounds) => this.ask('read', positions, bounds)
  readonly initProducer: LogServer['initProducer'] = (id, timeoutMs) => this.ask('initProducer', id, timeoutMs)
  readonly produce: LogServer['produce'] = (lease, batches) => this.ask('produce', lease, batches, this.clock.now())
  readonly end: LogServer['end'] = (lease, decision) => this.ask('end', lease, decision)
  readonly commitGroupOffsets: LogServer['commitGroupOffsets'] = (group, positions) =>
    this.ask('commitGroupOffsets', group, positions)

  ask<M extends LogMethod>(method: M, ...args: LogArguments<M>): Promise<LogAnswer<M>> {
    // A call of method M takes M's arguments and gets M's answer; the compiler cannot follow that through a union.
    const call = { method, args } as unknown as LogCall
    return new Promise((resolve) => this.send(call, (outcome) => resolve(outcome as LogAnswer<M>)))
  }

  onAdvance(listener: Listener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Whatever was asked before is answered before; then the file is free. */
  async close(): Promise<void> {
    this.cancelExpiry()
    if (this.down) return
    const closed = new Promise<void>((resolve) => (this.onClosed = resolve))
    this.down = new MillraceError('LOG_UNAVAILABLE', 'this log was closed')
    this.post({ kind: 'close' })
    await closed
    await this.worker.terminate()
  }

  private send(call: LogCall | undefined, settle: Waiting['settle']): void {
    if (this.down) return settle({ kind: 'fatal', cause: this.down })
    const id = this.requests++
    this.waiting.set(id, { method: call?.method, settle })
    this.post({ kind: 'request', request: { id, nowMs: this.clock.now(), call } })
  }

  private post(message: ToWorker): void {
    this.worker.postMessage(message)
  }

  private take(message: FromWorker): void {
    if (message.kind === 'closed') return this.onClosed()
    if (message.kind !== 'answers') return
    this.cancelExpiry()
    const { nextExpiryMs, advanced, answers } = message
    if (nextExpiryMs !== undefined && !this.down)
      this.cancelExpiry = this.clock.after(nextExpiryMs - this.clock.now(), () => this.send(undefined, () => {}))
    for (const { id, outcome } of answers) {
      const waiting = this.waiting.get(id)
      this.waiting.delete(id)
      waiting?.settle(receivedOutcome(outcome))
    }
    if (advanced.size > 0) for (const listener of this.listeners) listener(advanced)
  }

  private stop(cause: MillraceError): void {
    this.down ??= cause
    this.cancelExpiry()
    for (const { method, settle } of this.waiting.values())
      settle({ kind: method === 'produce' || method === 'end' || method === 'feed' ? 'ambiguous' : 'fatal', cause })
    this.waiting.clear()
    for (const listener of this.listeners) listener(new Set())
    this.onClosed()
  }
}
