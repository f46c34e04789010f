import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import { desk } from './actors.ts'

/** One message over HTTP, and what its client knows of it. */
export interface Sent {
  readonly address: string
  readonly id: string
  /** With a key it is asked again until it is acknowledged; without one it is asked once. */
  readonly keyed: boolean
  /** When it was first sent, on a clock that counts what happens to all messages. */
  readonly begun: number
  /** When a 202 came; undefined: nobody promised anything. */
  acknowledged: number | undefined
}

const senderCount = 6
/** After it a client sends its next message, or this one again, and listens for the answer all the same. */
const patienceMs = 4_000
const insistWithinMs = 120_000

/** Clients that send to a coordinator over HTTP, each to an address of its own and one message after the other. */
export class Senders {
  readonly sent: Sent[] = []
  /** How often each status came; 0 stands for no answer at all. */
  readonly answers = new Map<number, number>()
  private readonly url: () => string | undefined
  private readonly seed: string
  private readonly pauseMs: number
  /** Requests without an answer yet, and whom they were sent to. */
  private readonly open = new Map<Promise<void>, string>()
  private workers: Promise<void>[] = []
  private now = 0
  private stoppedAtMs: number | undefined

  /** @param url where the coordinator listens; undefined while there is none */
  constructor(seed: string, url: () => string | undefined, pauseMs = 60) {
    this.seed = seed
    this.url = url
    this.pauseMs = pauseMs
  }

  start(): void {
    this.workers = Array.from({ length: senderCount }, (_, i) => this.work(`d${i}`))
    // A failure is told by `stop`.
    for (const worker of this.workers) worker.catch(() => undefined)
  }

  /** Sends nothing new, and resolves when all that have a key are acknowledged and no answer is outstanding. */
  async stop(): Promise<void> {
    this.stoppedAtMs = Date.now()
    await Promise.all(this.workers)
    await Promise.all(this.open.keys())
  }

  get acknowledged(): number {
    return this.sent.filter(({ acknowledged }) => acknowledged !== undefined).length
  }

  /** Requests that wait for an answer of the coordinator at this URL. */
  underWayAt(url: string): number {
    return [...this.open.values()].filter((at) => at === url).length
  }

  private async work(address: string): Promise<void> {
    const random = seededRandom(`${this.seed}/${address}`)
    for (let i = 0; this.stoppedAtMs === undefined; i++) {
      await sleep(this.pauseMs * (0.5 + random.next()))
      if (this.url() === undefined) continue
      const keyed = random.next() < 0.5
      const sent: Sent = { address, id: `${address}-${i}`, keyed, begun: this.now++, acknowledged: undefined }
      this.sent.push(sent)
      await (keyed ? this.insist(sent) : this.once(sent))
    }
  }

  private async insist(sent: Sent): Promise<void> {
    for (; sent.acknowledged === undefined; await sleep(200)) {
      // Troubles are over by then; how long they lasted before is their affair.
      if (this.stoppedAtMs !== undefined && Date.now() - this.stoppedAtMs > insistWithinMs)
        throw new Error(`${sent.id} was not acknowledged: answers were ${JSON.stringify([...this.answers])}`)
      await this.once(sent)
    }
  }

  private async once(sent: Sent): Promise<void> {
    const url = this.url()
    if (url === undefined) return
    const attempt = this.ask(url, sent)
    this.open.set(attempt, url)
    // A failure is told to whoever waits for the attempt.
    attempt.finally(() => this.open.delete(attempt)).catch(() => undefined)
    const given = new AbortController()
    await Promise.race([attempt, sleep(patienceMs, undefined, { signal: given.signal }).catch(() => undefined)])
    given.abort()
  }

  private async ask(url: string, sent: Sent): Promise<void> {
    const path = `/send/${desk.typename}/${sent.address}/note`
    const headers = { 'content-type': 'application/json', ...(sent.keyed ? { 'idempotency-key': sent.id } : {}) }
    let status = 0
    try {
      const answer = await fetch(new URL(path, url), { method: 'POST', headers, body: JSON.stringify({ id: sent.id }) })
      status = answer.status
      await answer.arrayBuffer()
    } catch {
      // The status may have come and the body not: what it says holds.
    }
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1)
    if (status === 202) sent.acknowledged ??= this.now++
    else if (status !== 0 && status !== 429 && status < 500) throw new Error(`${path} answered ${status}`)
  }
}
