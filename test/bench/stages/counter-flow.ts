import type { Batch } from '../../../runtime/coordinator/endpoint.ts'
import { OpenWindow } from '../../../runtime/coordinator/open-window.ts'
import { encodeWindow } from '../../../runtime/log/log-entry.ts'
import type { CallResult } from '../../../runtime/model/invocation.ts'
import type { LogRecord, OutgoingRecord } from '../../../runtime/model/record.ts'
import { createHandler, type BatchHandler } from '../../../runtime/sdk/handler.ts'
import { Applier } from '../../../runtime/shard/apply.ts'
import { counterHandlers } from '../workloads/keyed-counter/actor.ts'
import { coordinatorParts, nowMs, type CoordinatorParts } from './coordinator-parts.ts'
import { cycleEvents, recordsIn, wireBatches } from './wire-batches.ts'

/** The steps of one batch through a coordinator, in their order. */
export const steps = ['route', 'request', 'results', 'apply', 'emit', 'window'] as const
export type Step = (typeof steps)[number]

/** What is under way of one batch. */
interface Under {
  readonly window: OpenWindow
  applier: Applier
  /** What was applied last emits. */
  emitted: { readonly topics: string[]; readonly records: OutgoingRecord[] }
  /** Set once its request was sent, and answered. */
  onBytes: ((answer: Uint8Array) => void) | undefined
  batch: Batch | undefined
}

const source = { ingress: 'events', topic: 'events', partition: 0 }
const log = '0123456789abcdef0123456789abcdef'
const nonce = 'fedcba9876543210fedcba9876543210'

/** Batches that may be under way at once; each has a window of its own. */
export const atOnceMax = 100

/**
 * The keyed counter on its way through a coordinator, step by step. Every batch can be taken through all steps again and
 * again: the same records, requests and answers each time, on a shard that knows all keys.
 */
export class CounterFlow {
  readonly batchSize: number
  readonly handler: BatchHandler = createHandler([counterHandlers])
  readonly wire: readonly Buffer[]
  readonly records: readonly LogRecord[][]
  /** What each batch is once it was taken through a step. */
  readonly requests: Uint8Array[] = []
  readonly answers: Uint8Array[] = []
  readonly results: (readonly CallResult[])[] = []
  readonly windows: Uint8Array[] = []
  private readonly parts: CoordinatorParts
  private readonly under: readonly Under[]
  /** Routed, and not sent; its request is the next. */
  private routed: number[] = []
  private answering = 0

  private constructor(batchSize: number) {
    this.batchSize = batchSize
    this.wire = wireBatches(batchSize)
    this.records = this.wire.map(recordsIn)
    this.parts = coordinatorParts(this.handler.discovery, batchSize, {
      sent: (request, onBytes) => {
        const batch = this.routed.shift()!
        this.requests[batch] = request
        this.at(batch).onBytes = onBytes
      },
      answered: (batch, results) => {
        this.results[this.answering] = results
        this.at(this.answering).batch = batch
      },
    })
    const { shard, context } = this.parts
    this.under = Array.from({ length: Math.min(atOnceMax, this.wire.length) }, () => ({
      window: new OpenWindow(shard),
      applier: new Applier(shard, { ...context, emit: () => {} }),
      emitted: { topics: [], records: [] },
      onBytes: undefined,
      batch: undefined,
    }))
  }

  /** Takes every batch through all steps twice: the first time no key has a state, from then on it has. */
  static async open(batchSize: number): Promise<CounterFlow> {
    const flow = new CounterFlow(batchSize)
    for (let round = 0; round < 2; round++)
      for (let batch = 0; batch < flow.batches; batch++) {
        flow.step('route', batch)
        flow.step('request', batch)
        const request = flow.requests[batch]!
        const answer = await flow.handler.invoke(request)
        if (answer.status !== 200 || answer.rest) throw new Error('the handler did not answer at once')
        flow.answers[batch] = answer.first
        for (const step of ['results', 'apply', 'emit', 'window'] as const) flow.step(step, batch)
      }
    if (flow.results.flat().length !== cycleEvents) throw new Error('some events have no result')
    return flow
  }

  get batches(): number {
    return this.wire.length
  }

  step(step: Step, batch: number): void {
    this.steps[step](batch, this.at(batch))
  }

  private at(batch: number): Under {
    return this.under[batch % this.under.length]!
  }

  private readonly steps: Record<Step, (batch: number, under: Under) => void> = {
    route: (batch, under) => {
      const { shard, router, context } = this.parts
      const emitted = (under.emitted = { topics: new Array<string>(), records: new Array<OutgoingRecord>() })
      const emit = (topic: string, record: OutgoingRecord) => {
        emitted.topics.push(topic)
        emitted.records.push(record)
      }
      under.applier = new Applier(shard, { ...context, emit })
      router.route({ source, records: this.records[batch]!, next: (batch + 1) * this.batchSize }, under.applier)
      this.routed.push(batch)
    },
    // The invoker sends all that is ready: with the first batch go those that were routed after it, each as a request.
    request: () => {
      if (this.routed.length > 0) this.parts.invoker.dispatch(nowMs)
    },
    results: (batch, { onBytes }) => {
      this.answering = batch
      onBytes?.(this.answers[batch]!)
    },
    apply: (batch, { window, batch: request, applier }) => {
      const { shard, invoker } = this.parts
      shard.journal = window.journal
      invoker.results(request!, this.results[batch]!, applier)
      invoker.ended(request!, undefined, undefined, applier)
    },
    emit: (_, { window, emitted }) => {
      const { topics, records } = emitted
      for (let i = 0; i < records.length; i++) window.emit(topics[i]!, records[i]!)
    },
    window: (batch, { window }) => {
      this.parts.router.journalPositions()
      const { number, clockMs, journal, outbox } = window.close(batch + 1, nowMs)
      const hint = { number: 0, offset: 0 }
      this.windows[batch] = encodeWindow({ kind: 'window', log, number, nonce, clockMs, hint, journal, outbox })
    },
  }
}
