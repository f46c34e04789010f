import type { CallResult } from '../model/invocation.ts'
import type { Limits } from '../model/limits.ts'
import type { FunctionClient, InvokeEnd, LocalFunctions } from '../ports/function-client.ts'
import { ResultReader } from '../protocol/result-reader.ts'
import type { RequestTables } from './batch.ts'
import type { CallSink } from './call-sink.ts'
import { LocalCalls } from './local-calls.ts'
import { WireCalls } from './wire-calls.ts'

/** Called with results as they come, in any order. */
export type OnResults = (results: readonly CallResult[]) => void

/** How requests get to an endpoint and its results back. */
export interface Transport {
  /** Begins a request; it is to be sent, or forgotten, before the next one begins. */
  begin(nowMs: number, tables: RequestTables): CallSink
  /** Sends what was put into the sink. Resolves when no more results will come; those that came before a rejection are good. */
  send(onResults: OnResults, timeoutMs: number): Promise<InvokeEnd>
}

export const transportOf = (client: FunctionClient | LocalFunctions, limits: Limits): Transport =>
  'run' in client ? new LocalTransport(client) : new WireTransport(client, limits)

// A request is sent before the next one begins, so one buffer serves all endpoints.
const wireCalls = new WireCalls()

/** Requests and answers as bytes of the batch protocol. */
class WireTransport implements Transport {
  private readonly client: FunctionClient
  private readonly limits: Limits
  private tables: RequestTables | undefined

  constructor(client: FunctionClient, limits: Limits) {
    this.client = client
    this.limits = limits
  }

  begin(nowMs: number, tables: RequestTables): CallSink {
    this.tables = tables
    wireCalls.start(nowMs, tables.functions, tables.state)
    return wireCalls
  }

  async send(onResults: OnResults, timeoutMs: number): Promise<InvokeEnd> {
    const body = wireCalls.finish(this.tables?.sources ?? [])
    const reader = new ResultReader(this.limits.resultBytesMax)
    const onBytes = (bytes: Uint8Array): void => {
      const results: CallResult[] = []
      try {
        reader.push(bytes, (result) => results.push(result))
      } finally {
        if (results.length > 0) onResults(results)
      }
    }
    const end = await this.client.invoke(body, onBytes, { timeoutMs })
    reader.finish()
    return end
  }
}

/** Requests and results as data: the functions run in this process. */
class LocalTransport implements Transport {
  private readonly functions: LocalFunctions
  private calls: LocalCalls | undefined

  constructor(functions: LocalFunctions) {
    this.functions = functions
  }

  begin(nowMs: number, tables: RequestTables): CallSink {
    this.calls = new LocalCalls(nowMs, tables.functions, tables.sources)
    return this.calls
  }

  async send(onResults: OnResults): Promise<InvokeEnd> {
    const { calls } = this
    this.calls = undefined
    return calls
      ? this.functions.run(calls, (results) => onResults(results.map(withOwnPayloads)))
      : { version: undefined }
  }
}

/** As ResultReader hands them over: payloads of sends and replies may be kept for long, and not with the memory they share. */
const withOwnPayloads = (result: CallResult): CallResult => {
  const { sends, replies } = result
  if (sends.length === 0 && replies.length === 0) return result
  return {
    ...result,
    sends: sends.map((effect) => (effect.kind === 'send' ? withOwnPayload(effect) : effect)),
    replies: replies.map(withOwnPayload),
  }
}

const withOwnPayload = <T extends { readonly payload: Uint8Array | undefined }>(effect: T): T =>
  effect.payload === undefined ? effect : { ...effect, payload: new Uint8Array(effect.payload) }
