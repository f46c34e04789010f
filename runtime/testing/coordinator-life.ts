import { startCoordinator } from '../coordinator/start.ts'
import type { OutsideRequest, RequestAnswer } from '../coordinator/requests.ts'
import type { RunningCoordinator } from '../coordinator/running.ts'
import type { CoordinatorSettings } from '../coordinator/settings.ts'
import { type Address, formatAddress, typenameOf } from '../model/address.ts'
import { MillraceError } from '../model/errors.ts'
import type { Topology } from '../model/topology.ts'
import { nullTelemetry } from '../platform/null-telemetry.ts'
import { seededRandom } from '../platform/seeded-random.ts'
import type { Clock } from '../ports/clock.ts'
import type { FunctionClient } from '../ports/function-client.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { TransactionalLog } from '../ports/transactional-log.ts'
import type { Shard } from '../shard/shard.ts'
import { Lifeline } from './lifeline.ts'
import { mortalLog } from './mortal-log.ts'
import { mortalStore } from './mortal-store.ts'
import { nextTurn } from './next-turn.ts'

/** What outlives a coordinator. */
export interface World {
  readonly topology: Topology
  readonly settings: CoordinatorSettings
  readonly clock: Clock
  readonly seed: number | string
  readonly store: ObjectStore
  readonly connect: () => TransactionalLog
  readonly clients: ReadonlyMap<string, FunctionClient>
}

/** A coordinator, the real one, from its start to the moment when it is dropped. */
export class CoordinatorLife {
  /** Resolves when it has started, failed or been dropped. */
  readonly started: Promise<void>
  /** Why it cannot go on. */
  failure: Error | undefined
  /** What it holds; all of it committed whenever `settle` has come to an end. */
  shard: Shard | undefined
  private readonly life = new Lifeline()
  private running: RunningCoordinator | undefined
  private invocations = 0
  private wake: (() => void) | undefined

  constructor(world: World, number: number) {
    this.life.onCut(() => this.wake?.())
    this.started = new Promise((resolve) => {
      this.life.onCut(resolve)
      this.start(world, number).then(resolve, (error: unknown) => {
        this.fail(error)
        resolve()
      })
    })
  }

  get dropped(): boolean {
    return this.life.cut
  }

  get up(): boolean {
    return this.running !== undefined && !this.life.cut
  }

  /** Why a function is not invoked; undefined where it is. */
  heldFor(typename: string): string | undefined {
    return this.running?.endpoints.flatMap(({ held }) => held.get(typename) ?? [])[0]
  }

  /** Ends it as `kill -9` does. */
  drop(): void {
    this.life.end()
  }

  private async start(world: World, number: number): Promise<void> {
    const { life } = this
    const clock: Clock = {
      now: () => world.clock.now(),
      monotonic: () => world.clock.monotonic(),
      after: (delayMs, action) => world.clock.after(delayMs, () => life.cut || action()),
      soon: (action) => world.clock.soon(() => life.cut || action()),
    }
    this.running = await startCoordinator(world.topology, world.settings, {
      clock,
      random: seededRandom(`${world.seed}/${number}`),
      store: mortalStore(world.store, life),
      kafka: mortalLog(world.connect(), life),
      clients: new Map([...world.clients].map(([endpoint, client]) => [endpoint, this.counted(client)])),
      telemetry: nullTelemetry,
    })
    this.running.ended.then(
      (end) => this.fail(new MillraceError('INTERNAL', `the coordinator under test ended by itself: ${end}`)),
      (error: unknown) => this.fail(error),
    )
  }

  private fail(error: unknown): void {
    this.failure = error instanceof Error ? error : new Error(String(error))
    this.life.end()
  }

  private counted(client: FunctionClient): FunctionClient {
    return {
      discover: () => this.life.during(() => client.discover()),
      invoke: async (request, onBytes, options) => {
        this.invocations++
        try {
          const whileAlive = (bytes: Uint8Array): void => {
            if (!this.life.cut) onBytes(bytes)
          }
          return await this.life.deed(() => client.invoke(request, whileAlive, options))
        } finally {
          this.invocations--
          this.wake?.()
        }
      },
      close: () => client.close(),
    }
  }

  /** Rejects when the coordinator is dropped before it has answered. */
  request(request: Omit<OutsideRequest, 'answer'>, what: string): Promise<RequestAnswer> {
    return new Promise((resolve, reject) => {
      const forget = this.life.onCut(() => reject(this.failure ?? unanswered(what)))
      const asked = this.running?.request(request)
      void asked?.answer.then((answer) => {
        forget()
        if (!this.life.cut) resolve(answer)
      })
    })
  }

  /** Has a parked address go on. Rejects when that is refused, or the coordinator dropped before it is committed. */
  release(address: Address, act: 'retry' | 'skip'): Promise<void> {
    return new Promise((resolve, reject) => {
      const what = `${act} of ${formatAddress(address)}`
      const forget = this.life.onCut(() => reject(this.failure ?? unanswered(what)))
      const changed = this.running?.change((operator) => operator[act](typenameOf(address), address.id))
      void changed?.then(() => resolve(), reject).finally(forget)
    })
  }

  /**
   * Resolves when nothing more can happen unless time passes: no handler runs, all is committed and published. A round in
   * which the coordinator has done nothing to the world is the proof.
   */
  async settle(): Promise<void> {
    await this.started
    for (let before = -1; before !== this.life.deeds && this.up;) {
      before = this.life.deeds
      await nextTurn()
      while (this.invocations > 0 && this.up) {
        await new Promise<void>((resolve) => (this.wake = resolve))
        await nextTurn()
      }
      await this.commit()
      await nextTurn()
    }
  }

  /** A reader waits for what it has seen to be committed, which closes a window that would be held open for a while. */
  private commit(): Promise<void> {
    return new Promise((resolve) => {
      const forget = this.life.onCut(resolve)
      void this.running
        ?.read((shard) => (this.shard = shard))
        .then(() => {
          forget()
          resolve()
        })
      if (!this.up) resolve()
    })
  }
}

const unanswered = (what: string): Error =>
  new MillraceError(
    'ENDPOINT_UNAVAILABLE',
    `${what}: the coordinator was stopped before it had answered, and the message may have been taken or not; ` +
      'send it again with the same idempotencyKey to have it once',
  )
