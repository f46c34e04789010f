import { DuckDBInstance } from '@duckdb/node-api'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCommitted } from '../../../infra/local/read-committed.ts'
import type { Producer } from '../support/producer.ts'

const customers = 200

/** Orders in rounds: one of each customer, numbered. */
export class Orders {
  rounds = 0
  private readonly producer: Producer

  constructor(producer: Producer) {
    this.producer = producer
  }

  /** Feeds so many rounds, slowly enough that other things happen meanwhile. */
  async feed(rounds: number): Promise<void> {
    for (let i = 0; i < rounds; i++) {
      this.rounds++
      const value = JSON.stringify({ n: this.rounds })
      this.producer.write(Array.from({ length: customers }, (_, c) => ({ topic: 'orders', key: `c${c}`, value })))
      await this.producer.flush()
      await sleep(20)
    }
  }

  /** By customer and count, what must have been emitted once each by one who had counted `before` of each. */
  expected(before: ReadonlyMap<string, number> = new Map()): readonly string[] {
    const all: string[] = []
    for (let c = 0; c < customers; c++)
      for (let n = (before.get(`c${c}`) ?? 0) + 1; n <= this.rounds; n++) all.push(`c${c}:${n}:${n}`)
    return all.sort()
  }
}

/** What a read-committed consumer of librdkafka sees on a topic of what the shop emits. */
export const emitted = async (brokers: string, topic: string): Promise<readonly string[]> =>
  (await readCommitted(brokers, topic))
    .map(({ value }) => {
      const { key, count, n }: { key: string; count: number; n: number } = JSON.parse(String(value))
      return `${key}:${count}:${n}`
    })
    .sort()

/** How many orders each customer had at a savepoint that was copied to a directory, by SQL. */
export const countsAt = async (directory: string): Promise<ReadonlyMap<string, number>> => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const answer = await connection.runAndReadAll(
    `select id, value_json::int from read_parquet('${directory}/state-*.parquet')
     where namespace = 'shop' and name = 'customer' and state = 'count'`,
  )
  return new Map(answer.getRowsJS().map(([id, count]) => [String(id), Number(count)]))
}

interface Status {
  readonly now: {
    readonly pendingMessages: number
    readonly delayedMessages: number
    readonly unpublishedWindows: number
    readonly lag: number
  }
  readonly totals: { readonly records: number }
  readonly shadow: string | null
}

export const statusOf = async (url: string): Promise<Status> => {
  const response = await fetch(`${url}/admin/status`)
  const status: Status = JSON.parse(await response.text())
  return status
}

/** Waits until a coordinator has read so many records and has nothing left to do. */
export const idle = async (url: string, records: number): Promise<void> => {
  for (;;) {
    const { now, totals } = await statusOf(url)
    const left = now.pendingMessages + now.delayedMessages + now.unpublishedWindows + now.lag
    if (left === 0 && totals.records >= records) return
    await sleep(200)
  }
}
