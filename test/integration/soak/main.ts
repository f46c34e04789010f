// `npm run soak -- --minutes 20 [--seed TEXT] [--rate EVENTS_A_SECOND]`: a flow on real parts under random faults, judged in the
// end. Prints its figures; ends with 1, and the story, when anything was lost, doubled or out of order. Not part of CI.
import { parseArgs } from 'node:util'
import { judgedFlow } from '../exactly-once/judged-flow.ts'
import { startTroubledParts } from '../faults/troubled-parts.ts'
import { figures } from './figures.ts'
import { Lives } from './lives.ts'
import { Surroundings } from './surroundings.ts'
import { Watch } from './watch.ts'

const options = () => {
  const { values } = parseArgs({
    options: { minutes: { type: 'string' }, seed: { type: 'string' }, rate: { type: 'string' } },
  })
  const [minutes, rate] = [Number(values.minutes ?? 20), Number(values.rate ?? 120)]
  if (!(minutes > 0 && rate >= 1)) throw new Error('give --minutes above 0 and --rate of 1 or more')
  return { minutes, rate, seed: values.seed ?? `soak-${Date.now()}` }
}

const main = async (): Promise<void> => {
  const { minutes, rate, seed } = options()
  console.log(`soak: --minutes ${minutes} --rate ${rate} --seed ${seed}`)
  const parts = await startTroubledParts(seed)
  const lastsMs = minutes * 60_000
  const plan = { seed, events: Math.ceil(minutes * 60 * rate), pace: { chunk: 50, pauseMs: 100 }, sendPauseMs: 120 }
  try {
    let told: (() => string[]) | undefined
    const run = await judgedFlow(parts, plan, async ({ coordinators, feeder, story }) => {
      const lives = new Lives(seed, coordinators, story)
      const surroundings = new Surroundings(seed, parts, story)
      const watch = new Watch(coordinators)
      const beganMs = performance.now()
      const share = (): number => Math.min(1, (performance.now() - beganMs) / lastsMs)
      const feeding = setInterval(() => feeder.allow(Math.ceil(plan.events * share())), 250)
      const over = (): boolean => share() >= 1
      try {
        const [last] = await Promise.all([lives.run(over), surroundings.run(over)])
        const happened = [...surroundings.happened, ...lives.happened]
        told = () => figures({ run, parts, watch, happened, tookMs: performance.now() - beganMs })
        // What ended by itself in the last troubles is told as a surprise in any case.
        return last.hasEnded ? await coordinators.start('last') : last
      } finally {
        clearInterval(feeding)
        watch.stop()
      }
    })
    for (const line of told?.() ?? []) console.log(line)
  } finally {
    await parts.stop()
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  },
)
