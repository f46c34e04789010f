import {
  type FetchBounds,
  type FetchedPartition,
  type FetchPosition,
  type LogOutcome,
} from '../../ports/transactional-log.ts'
import { apis } from './apis.ts'
import { type BrokerLinks } from './broker-links.ts'
import { decodeFetch, encodeFetch, type PartitionAnswer } from './fetch-codec.ts'
import { groupBy } from './group-by.ts'
import { ask, type KafkaCluster } from './kafka-cluster.ts'
import { listOffsets } from './list-offsets.ts'
import { nameOf, type BrokerAddress } from './options.ts'
import { checkCode, failureOf, kafkaCodes, ok, readOutcomeOf } from './outcomes.ts'
import { readBatches } from './record-batch-reader.ts'

// One reader: a connection of its own to each broker, at most one fetch under way on each. A fetch that outlasts its call
// (another broker answered first, or the caller stopped waiting) is kept: its answer serves the next call where the
// positions are still the same, else it is thrown away.
const pauseAfterFailureMs = 100
/** A kept fetch for other positions is waited for when it must end this soon, else its connection is given up. */
const worthWaitingMs = 50

interface Flight {
  readonly address: BrokerAddress
  readonly offsets: ReadonlyMap<string, number>
  readonly endsAtMs: number
  readonly landed: Promise<void>
  answer?: PartitionAnswer[]
  error?: unknown
}

const keyOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}/${partition}`

export class KafkaSource {
  private readonly cluster: KafkaCluster
  private readonly links: BrokerLinks
  private readonly flights = new Map<string, Flight>()
  private pauseUntilMs = 0

  constructor(cluster: KafkaCluster) {
    this.cluster = cluster
    this.links = cluster.links()
  }

  async fetch(positions: readonly FetchPosition[], bounds: FetchBounds): Promise<LogOutcome<FetchedPartition[]>> {
    try {
      await this.pause(bounds)
      if (bounds.signal?.aborted) return ok([])
      if (positions.length === 0) {
        await this.anyOf([], bounds.maxWaitMs, bounds.signal)
        return ok([])
      }
      const fetched = await this.fetchOnce(positions, bounds)
      if (fetched.some(({ status }) => status !== 'ok')) this.failed()
      return ok(fetched)
    } catch (error) {
      this.failed()
      return readOutcomeOf(error)
    }
  }

  close(): Promise<void> {
    return this.links.close()
  }

  private failed(): void {
    this.pauseUntilMs = this.cluster.clock.monotonic() + pauseAfterFailureMs
  }

  /** After a failure nothing is asked for a moment: the caller may ask again at once, and leaders need time to move. */
  private async pause({ signal }: FetchBounds): Promise<void> {
    const restMs = this.pauseUntilMs - this.cluster.clock.monotonic()
    if (restMs > 0) await this.anyOf([], restMs, signal)
  }

  private async fetchOnce(positions: readonly FetchPosition[], bounds: FetchBounds): Promise<FetchedPartition[]> {
    await this.cluster.learn([...new Set(positions.map(({ topic }) => topic))])
    const lost: FetchedPartition[] = []
    const led: (FetchPosition & { readonly leader: BrokerAddress })[] = []
    for (const position of positions) {
      const leader = this.cluster.leader(position.topic, position.partition)
      if (leader === undefined) lost.push(this.withoutLeader(position))
      else led.push({ ...position, leader })
    }
    const byBroker = groupBy(led, ({ leader }) => nameOf(leader))
    await this.leave(byBroker)
    let kept = false
    for (const share of byBroker.values()) if (!(await this.launch(share[0]!.leader, share, bounds))) kept = true
    const flights = [...byBroker.keys()].flatMap((name) => this.flights.get(name) ?? [])
    if (lost.length === 0 && flights.length > 0) await this.untilData(flights, kept, bounds)
    return [...lost, ...(await this.land(flights, positions))]
  }

  /** Gives up fetches at brokers that lead nothing of what is wanted any more. */
  private async leave(byBroker: ReadonlyMap<string, unknown>): Promise<void> {
    for (const [name, { address }] of this.flights) {
      if (byBroker.has(name)) continue
      this.flights.delete(name)
      await this.links.drop(address)
    }
  }

  private withoutLeader(position: FetchPosition): FetchedPartition {
    const { topic, partition } = position
    const known = this.cluster.known(topic)
    this.cluster.forget(topic)
    const code = known?.errorCode ?? kafkaCodes.leaderNotAvailable
    if (code === kafkaCodes.unknownTopic) return nothing(position, 'topic-missing')
    if (code !== kafkaCodes.none) {
      const failure = failureOf(code, `to read ${topic}`, topic)
      if (failure.verdict !== 'retriable') throw failure
    } else if (partition >= (known?.leaders.length ?? 0)) return nothing(position, 'topic-missing')
    return nothing(position, 'retry')
  }

  /** Sends a fetch to a broker. False where one that serves as well was sent before: under way, or with records. */
  private async launch(address: BrokerAddress, share: readonly FetchPosition[], bounds: FetchBounds): Promise<boolean> {
    const name = nameOf(address)
    const { clock } = this.cluster
    const flight = this.flights.get(name)
    if (flight !== undefined) {
      if (share.every((position) => flight.offsets.get(keyOf(position)) === position.offset)) {
        if (flight.answer === undefined || flight.answer.some(({ records }) => records.length > 0)) return false
      }
      const soon = flight.endsAtMs - clock.monotonic() <= worthWaitingMs
      if (flight.answer !== undefined || soon) await flight.landed
      else await this.links.drop(address)
    }
    const next: Flight = {
      address,
      offsets: new Map(share.map((position) => [keyOf(position), position.offset])),
      endsAtMs: clock.monotonic() + bounds.maxWaitMs,
      landed: this.send(address, share, bounds).then(
        (answer) => {
          next.answer = answer
        },
        (error: unknown) => {
          next.error = error
        },
      ),
    }
    this.flights.set(name, next)
    return true
  }

  /** Connecting belongs to the flight: a broker that is away holds up no other. */
  private async send(
    address: BrokerAddress,
    share: readonly FetchPosition[],
    bounds: FetchBounds,
  ): Promise<PartitionAnswer[]> {
    const link = await this.links.to(address)
    const timeoutMs = bounds.maxWaitMs + this.cluster.settings.requestTimeoutMs
    const { errorCode, partitions } = decodeFetch(await ask(link, apis.fetch, encodeFetch(share, bounds), timeoutMs))
    checkCode(errorCode, 'a fetch')
    return partitions
  }

  /** Waits for the first answer, or the caller's signal. One sent before may have been given longer than this call has. */
  private async untilData(flights: readonly Flight[], kept: boolean, bounds: FetchBounds): Promise<void> {
    const { signal, maxWaitMs } = bounds
    if (signal?.aborted) return
    await this.anyOf(
      flights.map(({ landed }) => landed),
      kept ? maxWaitMs : undefined,
      signal,
    )
  }

  private anyOf(events: readonly Promise<void>[], timeoutMs: number | undefined, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = timeoutMs === undefined ? () => {} : this.cluster.clock.after(timeoutMs, () => done())
      const done = () => {
        cancel()
        signal?.removeEventListener('abort', done)
        resolve()
      }
      signal?.addEventListener('abort', done)
      for (const event of events) void event.then(done)
    })
  }

  private async land(flights: readonly Flight[], positions: readonly FetchPosition[]): Promise<FetchedPartition[]> {
    const wanted = new Map(positions.map((position) => [keyOf(position), position]))
    const fetched: FetchedPartition[] = []
    const failures: unknown[] = []
    for (const flight of flights) {
      const served = [...flight.offsets].flatMap(([key, offset]) => {
        const position = wanted.get(key)
        return position?.offset === offset ? [position] : []
      })
      if (flight.error !== undefined) {
        failures.push(flight.error)
        fetched.push(...(await this.crashed(flight, served)))
      } else if (flight.answer !== undefined) {
        this.flights.delete(nameOf(flight.address))
        const keys = new Set(served.map(keyOf))
        for (const answer of flight.answer) if (keys.has(keyOf(answer))) fetched.push(await this.judge(answer))
      }
    }
    const [first] = failures
    if (failures.length > 0 && (failures.length === flights.length || failures.some(isFinal))) throw first
    return fetched
  }

  /** The broker is away: who leads its partitions now is asked before the next fetch, and others are read meanwhile. */
  private async crashed(flight: Flight, served: readonly FetchPosition[]): Promise<FetchedPartition[]> {
    this.flights.delete(nameOf(flight.address))
    await this.links.drop(flight.address)
    for (const { topic } of served) this.cluster.forget(topic)
    return served.map((position) => nothing(position, 'retry'))
  }

  private async judge(answer: PartitionAnswer): Promise<FetchedPartition> {
    const { topic, partition, errorCode, records, highWatermark, lastStableOffset, logStartOffset, aborted } = answer
    if (errorCode === kafkaCodes.none) {
      const batches = readBatches(answer, records)
      return { topic, partition, status: 'ok', logStartOffset, lastStableOffset, highWatermark, aborted, batches }
    }
    if (errorCode === kafkaCodes.offsetOutOfRange) return this.outOfRange(answer)
    this.cluster.forget(topic)
    const failure = failureOf(errorCode, `to read ${topic}/${partition}`, topic)
    if (failure.verdict !== 'retriable' && failure.verdict !== 'ambiguous') throw failure
    return nothing(answer, 'retry')
  }

  /** The answer to a position out of range does not say what the range is, so it is asked for. */
  private async outOfRange(answer: PartitionAnswer): Promise<FetchedPartition> {
    const { topic, partition } = answer
    const first = await listOffsets(this.cluster, topic, [partition], 'earliest')
    const end = await listOffsets(this.cluster, topic, [partition], 'latest')
    const highWatermark = end.get(partition) ?? -1
    const logStartOffset = first.get(partition) ?? -1
    return { ...nothing(answer, 'out-of-range'), logStartOffset, highWatermark, lastStableOffset: highWatermark }
  }
}

const isFinal = (error: unknown): boolean => readOutcomeOf(error).kind !== 'retriable'

const nothing = (
  { topic, partition }: { readonly topic: string; readonly partition: number },
  status: FetchedPartition['status'],
): FetchedPartition => ({
  topic,
  partition,
  status,
  logStartOffset: -1,
  lastStableOffset: -1,
  highWatermark: -1,
  aborted: [],
  batches: [],
})
