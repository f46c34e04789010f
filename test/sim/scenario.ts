import { defaultLimits } from '../../runtime/model/limits.ts'
import type { CoordinatorSettings } from '../../runtime/coordinator/settings.ts'
import { Dice } from './engine/dice.ts'
import type { Odds } from './engine/network.ts'
import { attemptsMax } from './workload/command.ts'

/** Everything that can go wrong, and an operator who pauses and parks; a run has some of it, and can be run again without any of it. */
export const faultKinds = [
  'store-lost',
  'store-landed',
  'store-late',
  'store-slow',
  'store-outage',
  'kafka-lost',
  'kafka-landed',
  'kafka-late',
  'kafka-slow',
  'kafka-outage',
  'crash',
  'crash-at-request',
  'pause',
  'second-start',
  'drain',
  'skew',
  'clock-jump',
  'handler-slow',
  'handler-failed',
  'handler-unreachable',
  'handler-cut',
  'handler-garbage',
  'handler-late',
  'handler-twice',
  'failing-commands',
  'aborted-input',
  'unfit-egress',
  'retention',
  'restored-bucket',
  'operator',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** What one seed stands for: plain data, so that it can be cut down. */
export interface Scenario {
  readonly seed: number
  readonly faults: ReadonlySet<FaultKind>
  /** How long faults go on, in milliseconds of virtual time. */
  readonly faultMs: number
  readonly inputs: number
  /** Records that are there when the first coordinator starts, more than it may take in at once; mostly none. */
  readonly flood: number
  readonly typenames: readonly `${string}/${string}`[]
  readonly ids: readonly string[]
  readonly partitions: number
  readonly endpoints: number
  /** Functions run in the coordinator's own process: no network, nothing that goes wrong on it. */
  readonly isLocal: boolean
  readonly store: Odds
  readonly kafka: Odds
  /** Of all requests to handlers. */
  readonly handlerOdds: number
  /** Between two changes in the life of coordinators. */
  readonly changeMs: number
  readonly settings: CoordinatorSettings
}

/** What the command line or the shrinker changes. */
export interface ScenarioChange {
  readonly without?: readonly FaultKind[]
  readonly inputs?: number
  readonly faultMs?: number
}

export const scenarioOf = (seed: number, change: ScenarioChange = {}): Scenario => {
  const dice = new Dice(`${seed}/scenario`)
  // A run with a few kinds of faults finds what a run with all of them drowns.
  const share = dice.pick([0.15, 0.3, 0.5, 0.8])
  const drawn = faultKinds.filter(() => dice.chance(share))
  const faults = new Set(drawn.filter((kind) => !change.without?.includes(kind)))
  const odds = (server: 'store' | 'kafka'): Odds => {
    const scale = dice.pick([0.02, 0.05, 0.15])
    const of = (kind: 'lost' | 'landed' | 'late' | 'slow'): number => (faults.has(`${server}-${kind}`) ? scale : 0)
    return { lost: of('lost'), landed: of('landed'), late: of('late'), slow: of('slow') }
  }
  const inputs = dice.whole(8, 50)
  const faultMs = dice.pick([3_000, 8_000, 25_000])
  const flood = dice.chance(0.02) ? 2_600 : 0
  return {
    seed,
    faults,
    faultMs: change.faultMs ?? faultMs,
    inputs: change.inputs ?? inputs,
    flood,
    typenames: (['sim/a', 'sim/b', 'sim/c'] as const).slice(0, dice.whole(1, 3)),
    ids: ['k', 'l', 'm', 'n', 'o'].slice(0, dice.whole(1, 5)),
    partitions: dice.whole(1, 3),
    endpoints: dice.whole(1, 2),
    isLocal: new Dice(`${seed}/local`).chance(0.1),
    store: odds('store'),
    kafka: odds('kafka'),
    handlerOdds: dice.pick([0.05, 0.2]),
    changeMs: dice.pick([400, 1_500, 5_000]),
    settings: settingsOf(dice, flood > 0, faults.has('operator')),
  }
}

/** In most, addresses are put to rest as soon as they may be. */
const checkpointOf = (dice: Dice): CoordinatorSettings['checkpoint'] => {
  const windowsMax = dice.pick([2, 4, 10, 1_000])
  return { windowsMax, bytesMax: 1 << 20, awakeMin: windowsMax === 4 ? undefined : 0 }
}

const settingsOf = (dice: Dice, flooded: boolean, isOperated: boolean): CoordinatorSettings => ({
  limits: {
    ...defaultLimits,
    laneMessagesMax: flooded ? 10_000 : dice.pick([3, 1_000]),
    pendingMessagesMax: flooded ? 5 : dice.pick([5, 1_000]),
    unpublishedWindowsMax: dice.pick([2, 100]),
    wholeMapBytesMax: dice.pick([1, 8, defaultLimits.wholeMapBytesMax]),
    messagesPerAddressMax: flooded ? 500 : dice.pick([1, 3, 100]),
  },
  maxParallelism: 960,
  commit: { minIntervalMs: dice.pick([0, 0, 50]), transactionTimeoutMs: dice.pick([3_000, 10_000]) },
  checkpoint: checkpointOf(dice),
  failure: { attemptsMax, firstDelayMs: 20, maxDelayMs: 500, onFailure: isOperated ? 'park' : 'deadLetter' },
  parking: { whenFull: 'holdIngress' },
  idempotency: { retentionMs: 86_400_000 },
  shutdown: { deadlineMs: 5_000 },
  internalTopics: { prefix: 'sim', partitions: 2, replicationFactor: undefined, create: true },
  createApplication: false,
})
