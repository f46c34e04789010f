// Troubles what coordinators stand on, one thing after the other: the store, the broker, the handlers.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Toxic, TroubledWay } from '../../../infra/local/toxiproxy.ts'
import { apis } from '../../../runtime/connectors/kafka/apis.ts'
import type { Story } from '../exactly-once/story.ts'
import type { TroubledParts } from '../faults/troubled-parts.ts'
import { Dice } from './dice.ts'

interface Trouble {
  readonly what: string
  /** How long it lasts, drawn between these. */
  readonly ms: readonly [number, number]
  /** Begins it; the answer ends it. */
  readonly begin: (dice: Dice) => Promise<() => unknown>
}

/** After it nobody commits, and there is no middle of a commit. */
const meetWithinMs = 15_000
const quietHandlerShare = 0.03

export class Surroundings {
  /** How often each trouble has come. */
  readonly happened = new Map<string, number>()
  private readonly troubles: readonly [Trouble, ...Trouble[]]
  private readonly dice: Dice
  private readonly story: Story

  constructor(seed: string, parts: TroubledParts, story: Story) {
    this.dice = new Dice(`${seed}/surroundings`)
    this.story = story
    this.troubles = [...storeTroubles(parts), ...brokerTroubles(parts), handlersFail(parts)]
  }

  /** Until the time has come; all is well again then. */
  async run(over: () => boolean): Promise<void> {
    while (!over()) {
      await sleep(this.dice.between(500, 6_000))
      const { what, ms, begin } = this.dice.pick(this.troubles)
      const lastsMs = this.dice.between(...ms)
      this.story.tell(`${what}, for ${Math.round(lastsMs)} ms`)
      const end = await begin(this.dice)
      this.happened.set(what, (this.happened.get(what) ?? 0) + 1)
      await sleep(lastsMs)
      await end()
      this.story.tell(`${what}: over`)
    }
  }
}

const connections = (who: string, way: TroubledWay): readonly [Trouble, Trouble, Trouble] => {
  const by = (toxic: (dice: Dice) => Toxic) => (dice: Dice) => way.trouble(toxic(dice))
  const latency = (dice: Dice): Toxic => ({
    type: 'latency',
    attributes: { latency: Math.round(dice.between(50, 800)) },
  })
  return [
    {
      what: `connections to ${who} are cut`,
      ms: [200, 3_000],
      begin: by(() => ({ type: 'reset_peer', attributes: { timeout: 0 } })),
    },
    { what: `connections to ${who} are slow`, ms: [2_000, 10_000], begin: by(latency) },
    {
      what: `connections to ${who} carry nothing`,
      ms: [1_000, 20_000],
      begin: by(() => ({ type: 'timeout', attributes: { timeout: 0 } })),
    },
  ]
}

const storeTroubles = ({ troubles, minio }: TroubledParts): readonly [Trouble, ...Trouble[]] => [
  ...connections('the store', troubles.storage),
  {
    what: 'the store fails a share of requests',
    ms: [3_000, 20_000],
    begin: async (dice) => {
      troubles.store.share = dice.between(0.05, 0.4)
      return () => (troubles.store.share = 0)
    },
  },
  {
    what: 'the store answers 503',
    ms: [1_000, 30_000],
    begin: async () => {
      troubles.store.outage = true
      return () => (troubles.store.outage = false)
    },
  },
  {
    what: 'the store is killed',
    ms: [0, 5_000],
    begin: async () => {
      await minio.kill()
      return () => minio.restart()
    },
  },
]

const brokerTroubles = ({ troubles, kafka }: TroubledParts): readonly Trouble[] => {
  const restart = () => kafka.restart()
  const midCommit = (dice: Dice, request: 'kept-back' | 'passed-on') => async () => {
    let late = false
    const met = troubles.broker.meet(apis.endTxn.key, request, async () => {
      if (late) return
      await sleep(dice.between(0, 20))
      await kafka.kill()
    })
    await Promise.race([met, sleep(meetWithinMs).then(() => (late = true))])
    return restart
  }
  return [
    ...connections('the broker', troubles.kafka),
    {
      what: 'the broker is killed before a commit reaches it',
      ms: [0, 2_000],
      begin: (dice) => midCommit(dice, 'kept-back')(),
    },
    {
      what: 'the broker is killed as a commit reaches it',
      ms: [0, 2_000],
      begin: (dice) => midCommit(dice, 'passed-on')(),
    },
    {
      what: 'the broker is restarted',
      ms: [0, 5_000],
      begin: async () => {
        await kafka.stop()
        return restart
      },
    },
  ]
}

const handlersFail = ({ proxy }: TroubledParts): Trouble => ({
  what: 'handlers fail a share of requests',
  ms: [2_000, 10_000],
  begin: async (dice) => {
    proxy.share = dice.between(0.2, 0.9)
    return () => (proxy.share = quietHandlerShare)
  },
})
