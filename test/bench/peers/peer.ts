import type { Called } from '../workloads/http-call/calls-by.ts'

/** What a peer is measured in. The tuned one is `latency-1k` with settings that give up throughput for latency. */
export type PeerCase = 'drain-10k' | 'latency-1k' | 'latency-1k-tuned' | 'http-call'

/** Where the parts of a run are. Handed to processes as JSON. */
export interface PeerParts {
  /** Tells the runs apart: the consumer group, the transactional ids, the application's own name. */
  readonly name: string
  readonly brokers: string
  /** The topic with the events, keyed. */
  readonly events: string
  /** The topic for one record an event: `{ key, count }` under the same key. */
  readonly counts: string
  /** A folder for the peer's own data and logs. */
  readonly dir: string
  /** What it should be set for. */
  readonly case: PeerCase
}

/** Another system, or Millrace itself, that keeps a count for each key and writes it out for each event. */
export interface Peer {
  readonly name: string
  readonly cases: readonly PeerCase[]
  /** How many events a drain at scale 1 has: enough for ten seconds or more. */
  readonly drainEvents: number
  /** Whether each event must come out once, or at least once. */
  readonly egress: 'exactly-once' | 'at-least-once'
  /** Starts it and waits until its intake is open. */
  start(parts: PeerParts): Promise<RunningPeer>
  /** Starts it for HTTP calls that are answered once their effect is durable; undefined: it has none. */
  readonly startCalls?: (parts: PeerParts) => Promise<RunningCalls>
}

export interface RunningCalls extends Called {
  stop(): Promise<void>
}

export interface RunningPeer {
  /** When its intake was open, in milliseconds since the epoch: the time before, it took to start. */
  readonly openedMs: number
  /** Its processes, and its log, for when it makes no progress. */
  readonly pids: readonly number[]
  /** Undefined: it writes to this process's own output. */
  readonly logFile: string | undefined
  stop(): Promise<void>
}
