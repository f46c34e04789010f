import { BatchDraft, type RequestTables } from '../../../runtime/coordinator/batch.ts'
import { OpenWindow } from '../../../runtime/coordinator/open-window.ts'
import { encodeWindow } from '../../../runtime/log/log-entry.ts'
import type { CallResult } from '../../../runtime/model/invocation.ts'
import { defaultLimits } from '../../../runtime/model/limits.ts'
import type { LogRecord } from '../../../runtime/model/record.ts'
import { encodeBatchRequest } from '../../../runtime/protocol/batch-request.ts'
import { ResultReader } from '../../../runtime/protocol/result-reader.ts'
import { createHandler, type BatchHandler } from '../../../runtime/sdk/handler.ts'
import type { Actor } from '../../../runtime/shard/actor.ts'
import { Applier } from '../../../runtime/shard/apply.ts'
import { counterHandlers } from '../workloads/keyed-counter/actor.ts'
import { coordinatorParts, nowMs, type CoordinatorParts } from './coordinator-parts.ts'
import { cycleEvents, recordsIn, wireBatches } from './wire-batches.ts'

/** The steps of one batch through a coordinator, in their order. */
export const steps = ['route', 'lane', 'encode', 'results', 'apply', 'emit', 'window'] as const
export type Step = (typeof steps)[number]

/** What is under way of one batch. */
interface Under {
  readonly window: OpenWindow
  ready: readonly Actor[]
  draft: BatchDraft
  applier: Applier
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
  private tables: RequestTables | undefined

  private constructor(batchSize: number) {
    this.batchSize = batchSize
    this.wire = wireBatches(batchSize)
    this.records = this.wire.map(recordsIn)
    this.parts = coordinatorParts(this.handler.discovery)
    const { shard, context } = this.parts
    this.under = Array.from({ length: Math.min(atOnceMax, this.wire.length) }, () => ({
      window: new OpenWindow(shard),
      ready: [],
      draft: new BatchDraft(),
      applier: new Applier(shard, context),
    }))
  }

  /** Takes every batch through all steps twice: the first time no key has a state, from then on it has. */
  static async open(batchSize: number): Promise<CounterFlow> {
    const flow = new CounterFlow(batchSize)
    for (let round = 0; round < 2; round++)
      for (let batch = 0; batch < flow.batches; batch++) {
        flow.step('route', batch)
        flow.step('lane', batch)
        flow.step('encode', batch)
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
    const under = this.under[batch % this.under.length]!
    this.steps[step](batch, under)
  }

  private readonly steps: Record<Step, (batch: number, under: Under) => void> = {
    route: (batch, under) => {
      const { shard, router, context } = this.parts
      const records = this.records[batch]!
      under.applier = new Applier(shard, context)
      router.route({ source, records, next: (batch + 1) * this.batchSize }, under.applier)
      under.ready = shard.ready.take()
    },
    lane: (_, under) => {
      const { shard, endpoint } = this.parts
      for (const actor of under.ready) endpoint.queue.add(actor)
      const next = endpoint.draft((tables, actor) => {
        this.tables = tables
        return tables.call(shard, actor, defaultLimits.messagesPerAddressMax, nowMs)
      })
      if (next?.draft.messages !== this.batchSize) throw new Error('the draft is not the batch')
      const { draft } = next
      draft.calls.forEach((call, place) => {
        const lane = draft.actors[place]?.lane
        if (!lane) return
        lane.queued = false
        lane.inFlight = call.messages.length
      })
      under.draft = draft
    },
    encode: (batch, { draft: { calls } }) => {
      const { functions, sources } = this.tables!
      this.requests[batch] = encodeBatchRequest({ nowMs, functions, sources, calls })
    },
    results: (batch) => {
      const results: CallResult[] = []
      const reader = new ResultReader(defaultLimits.resultBytesMax)
      reader.push(this.answers[batch]!, (result) => results.push(result))
      reader.finish()
      this.results[batch] = results
    },
    apply: (batch, { window, draft: { actors }, applier }) => {
      this.parts.shard.journal = window.journal
      for (const result of this.results[batch]!) applier.result(actors[result.call]!, result)
    },
    emit: (_, { window, applier: { actions } }) => {
      for (const action of actions) if (action.kind === 'emit') window.emit(action.topic, action.record)
    },
    window: (batch, { window }) => {
      this.parts.router.journalPositions()
      const { number, clockMs, journal, outbox } = window.close(batch + 1, nowMs)
      const hint = { number: 0, offset: 0 }
      this.windows[batch] = encodeWindow({ kind: 'window', log, number, nonce, clockMs, hint, journal, outbox })
    },
  }
}
