import { createHandler } from 'millrace'
import type { Implementation } from 'millrace'
import { inProcessFunctionClient } from '../../../runtime/platform/in-process-function-client.ts'
import {
  EndpointError,
  type FunctionClient,
  type InvokeEnd,
  type LocalFunctions,
} from '../../../runtime/ports/function-client.ts'
import type { Coverage } from '../engine/coverage.ts'
import type { Dice } from '../engine/dice.ts'
import type { SimProcess } from '../engine/process.ts'
import type { Scheduler } from '../engine/scheduler.ts'
import type { Trace } from '../engine/trace.ts'
import type { FaultKind, Scenario } from '../scenario.ts'

const fates = [
  'handler-slow',
  'handler-failed',
  'handler-unreachable',
  'handler-cut',
  'handler-garbage',
  'handler-late',
  'handler-twice',
] as const
type Fate = (typeof fates)[number] | 'well'

interface Invocation {
  readonly onBytes: (bytes: Uint8Array) => void
  readonly settle: (end: InvokeEnd | EndpointError) => void
}

/** Handlers behind a network. They are the SDK's own, and stateless: what one answers is all that it does. */
export class Handlers {
  calm = false
  private readonly scheduler: Scheduler
  private readonly dice: Dice
  private readonly scenario: Scenario
  private readonly trace: Trace
  private readonly coverage: Coverage

  constructor(scheduler: Scheduler, dice: Dice, scenario: Scenario, trace: Trace, coverage: Coverage) {
    this.scheduler = scheduler
    this.dice = dice
    this.scenario = scenario
    this.trace = trace
    this.coverage = coverage
  }

  /** An endpoint as one process reaches it. */
  client(process: SimProcess, endpoint: string, implementations: readonly Implementation[]): FunctionClient {
    const handler = createHandler(implementations)
    const real = inProcessFunctionClient(handler)
    return {
      discover: () =>
        new Promise((resolve) => {
          this.scheduler.after(this.dice.latency(3), () => {
            process.deliver(() => resolve(handler.discovery))
          })
        }),
      invoke: (request, onBytes, { timeoutMs }) =>
        new Promise((resolve, reject) => {
          let open = true
          const settle = (end: InvokeEnd | EndpointError): void =>
            process.deliver(() => {
              if (!open) return
              open = false
              if (end instanceof EndpointError) reject(end)
              else resolve(end)
            })
          const take = (bytes: Uint8Array): void =>
            process.deliver(() => {
              if (!open) return
              try {
                onBytes(bytes)
              } catch (error) {
                open = false
                reject(error instanceof Error ? error : new Error(String(error)))
              }
            })
          const fate = this.fate()
          this.trace.add(process.name, `invoke ${endpoint} ${request.length} bytes: ${fate}`)
          this.carry(fate, real, request.slice(), timeoutMs, { onBytes: take, settle })
        }),
      close: async () => undefined,
    }
  }

  /** The same functions in the process itself, which ends with them in the middle of what they do. */
  local(process: SimProcess, implementations: readonly Implementation[]): LocalFunctions {
    const handler = createHandler(implementations)
    return {
      discover: async () => handler.discovery,
      run: (request, onResults) =>
        new Promise((resolve, reject) => {
          this.scheduler.after(0, () =>
            process.deliver(() => {
              this.trace.add(process.name, `run ${request.calls.length} calls`)
              handler
                .run(request, (results) => process.deliver(() => onResults(results)))
                .then(
                  (stale) =>
                    process.deliver(() => {
                      if (stale === undefined) resolve({ version: handler.discovery.version })
                      else reject(new EndpointError('ENDPOINT_PROTOCOL', 'stale-discovery', stale))
                    }),
                  (error: unknown) => process.deliver(() => reject(protocolError(String(error)))),
                )
            }),
          )
        }),
      close: async () => undefined,
    }
  }

  private carry(fate: Fate, real: FunctionClient, request: Uint8Array, timeoutMs: number, to: Invocation): void {
    const { scheduler, dice } = this
    const there = dice.latency(2)
    const fail = (reason: 'failed' | 'unreachable', afterMs: number): void => {
      const error = new EndpointError('ENDPOINT_UNAVAILABLE', reason, `the handler: ${fate}`)
      scheduler.after(afterMs, () => to.settle(error))
    }
    if (fate === 'handler-failed') return fail('failed', there)
    if (fate === 'handler-unreachable') return fail('unreachable', there)
    if (fate === 'handler-late') fail('failed', timeoutMs)
    const works = fate === 'handler-slow' ? dice.between(100, 3_000) : fate === 'handler-late' ? timeoutMs * 1.5 : 0
    scheduler.after(there + works, () => {
      const chunks: Uint8Array[] = []
      const once = (): Promise<InvokeEnd> => {
        chunks.length = 0
        return real.invoke(request, (bytes) => chunks.push(bytes.slice()), { timeoutMs })
      }
      const twice = fate === 'handler-twice' ? once().then(once) : once()
      twice.then(
        (end) => this.answer(fate, Buffer.concat(chunks), end, to),
        (error: unknown) => to.settle(error instanceof EndpointError ? error : protocolError(String(error))),
      )
    })
  }

  /** The answer comes in pieces, whole or not. */
  private answer(fate: Fate, bytes: Uint8Array, end: InvokeEnd, to: Invocation): void {
    const { scheduler, dice } = this
    const cut = fate === 'handler-cut' ? dice.whole(0, bytes.length) : bytes.length
    let at = 0
    let afterMs = 0
    while (at < cut) {
      const next = Math.min(cut, at + dice.whole(1, 600))
      const piece = bytes.subarray(at, next)
      at = next
      afterMs += dice.latency(0.5)
      scheduler.after(afterMs, () => to.onBytes(piece))
    }
    if (fate === 'handler-garbage') scheduler.after(afterMs, () => to.onBytes(new Uint8Array(24).fill(0xff)))
    const last = fate === 'handler-cut' ? protocolError('the answer broke off') : end
    scheduler.after(afterMs + dice.latency(0.5), () => to.settle(last))
  }

  private fate(): Fate {
    const { dice, scenario } = this
    const draw = dice.random.next()
    const fate = dice.pick(fates)
    const possible: FaultKind = fate
    if (this.calm || draw >= scenario.handlerOdds || !scenario.faults.has(possible)) return 'well'
    this.coverage.hit(fate)
    return fate
  }
}

const protocolError = (message: string): EndpointError => new EndpointError('ENDPOINT_PROTOCOL', 'failed', message)
