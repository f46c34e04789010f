import type { Coverage } from './coverage.ts'
import type { Dice } from './dice.ts'
import type { SimProcess } from './process.ts'
import type { Scheduler } from './scheduler.ts'
import type { Trace } from './trace.ts'

/** What a request is, as far as its fate goes. */
export interface Request {
  readonly server: 'store' | 'kafka'
  readonly verb: string
  readonly about: string
  readonly writes: boolean
  readonly meanMs: number
}

/** How often requests to one server go wrong, from 0 to 1. */
export interface Odds {
  /** The request never arrives. */
  readonly lost: number
  /** It takes effect, and the answer is lost. */
  readonly landed: number
  /** The answer is lost, and it takes effect later. */
  readonly late: number
  /** It, or its answer, takes seconds. */
  readonly slow: number
}

/** What becomes of a request; `out`: the server refuses it at once. */
export type Fate = 'well' | keyof Odds | 'out'

const timeoutMs = 2_000
const lateMsMax = 20_000

/** Carries requests from processes to the servers of a world and answers back, badly where the odds say so. */
export class Network {
  /** Where the odds hold no longer, everything goes well. */
  calm = false
  private readonly scheduler: Scheduler
  private readonly dice: Dice
  private readonly odds: { readonly store: Odds; readonly kafka: Odds }
  private readonly trace: Trace
  private readonly coverage: Coverage
  private readonly outages: { readonly server: Request['server']; readonly process: string | undefined }[] = []

  constructor(
    scheduler: Scheduler,
    dice: Dice,
    odds: { readonly store: Odds; readonly kafka: Odds },
    trace: Trace,
    coverage: Coverage,
  ) {
    this.scheduler = scheduler
    this.dice = dice
    this.odds = odds
    this.trace = trace
    this.coverage = coverage
  }

  /** For so long nobody, or one process, reaches a server: it answers at once that it is not available. */
  outage(server: Request['server'], process: string | undefined, durationMs: number): void {
    const outage = { server, process }
    this.outages.push(outage)
    this.coverage.hit(`${server}-outage${process ? '-of-one' : ''}`)
    this.trace.add('world', `${server} is out for ${Math.round(durationMs)} ms for ${process ?? 'all'}`)
    this.scheduler.after(durationMs, () => this.outages.splice(this.outages.indexOf(outage), 1))
  }

  /**
   * What `serve` answers when the request arrives; what `doubt` answers or throws when no answer comes. Never resolves for a
   * process that is dead; a request that was sent before arrives all the same.
   */
  call<T>(from: SimProcess, request: Request, serve: (fate: Fate) => T, doubt: (cause: Error) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (from.dead) return
      from.requests++
      const fate = this.fate(from, request)
      const { verb, about } = request
      if (from.requests >= from.diesAtRequest) {
        this.coverage.hit('crash-at-request')
        from.kill()
        // Half of them die with the request just sent, the others just before.
        if (this.dice.chance(0.5)) {
          this.trace.add(from.name, `${verb} ${about}: dies before`)
          return
        }
      }
      this.trace.add(from.name, `${verb} ${about}${fate === 'well' ? '' : `: ${fate}`}`)
      const answer = (value: T): void => from.deliver(() => resolve(value))
      const noAnswer = (): void =>
        from.deliver(() => {
          try {
            resolve(doubt(new Error(`no answer to ${verb} ${about} (${fate})`)))
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)))
          }
        })
      this.carry(fate, request, serve, answer, noAnswer)
    })
  }

  private carry<T>(
    fate: Fate,
    request: Request,
    serve: (fate: Fate) => T,
    answer: (value: T) => void,
    noAnswer: () => void,
  ): void {
    const { scheduler, dice } = this
    const there = dice.latency(request.meanMs / 2)
    const back = dice.latency(request.meanMs / 2)
    const slow = fate === 'slow' ? dice.between(200, timeoutMs) : 0
    if (fate === 'lost' || fate === 'out') {
      scheduler.after(fate === 'out' ? there + back : dice.between(50, timeoutMs), noAnswer)
      return
    }
    if (fate === 'late') {
      scheduler.after(dice.between(50, timeoutMs), noAnswer)
      scheduler.after(there + dice.between(100, lateMsMax), () => void serve(fate))
      return
    }
    scheduler.after(there + slow, () => {
      const value = serve(fate)
      if (fate === 'landed') scheduler.after(dice.between(1, timeoutMs), noAnswer)
      else scheduler.after(back, () => answer(value))
    })
  }

  private fate(from: SimProcess, request: Request): Fate {
    const { dice } = this
    const draw = dice.random.next()
    if (this.outages.some(({ server, process }) => server === request.server && (process ?? from.name) === from.name))
      return 'out'
    if (this.calm) return 'well'
    const odds = this.odds[request.server]
    let below = 0
    for (const fate of ['lost', 'landed', 'late', 'slow'] as const) {
      // What only reads has no effect that could land or come late.
      const possible = request.writes || fate === 'lost' || fate === 'slow'
      below += possible ? odds[fate] : 0
      if (possible && draw < below) {
        this.coverage.hit(`${request.server}-${fate}`)
        return fate
      }
    }
    return 'well'
  }
}
