import { Worker } from 'node:worker_threads'
import { commandOf, parseOptions, usage, type SimOptions } from './run/options.ts'
import { shrink } from './run/shrink.ts'
import { Tally } from './run/tally.ts'
import { scenarioOf } from './scenario.ts'
import { simulate, type SimResult } from './simulate.ts'

type Told = Pick<SimResult, 'seed' | 'violations' | 'coverage' | 'events' | 'virtualMs'>

const shrunkMax = 5

/** One seed, in this thread, so that its trace can be read. */
const runOne = async ({ from, change, trace }: SimOptions, tally: Tally): Promise<void> => {
  const result = await simulate(scenarioOf(from, change), trace)
  for (const line of result.lines ?? []) console.log(line)
  for (const violation of result.violations) console.log(`seed ${from}: ${violation}`)
  tally.add(result)
}

/** Many seeds, in several threads. Resolves when all have run, or at the first failure if that is asked for. */
const runMany = ({ from, seeds, workers, change, firstFailure }: SimOptions, tally: Tally): Promise<void> =>
  new Promise((resolve, reject) => {
    const threads = Array.from({ length: workers }, (_, i) => {
      const workerData = { from: from + i, seeds: seeds - i, step: workers, change }
      return new Worker(new URL('run/worker.ts', import.meta.url), { workerData })
    })
    let atWork = threads.length
    const stop = (): void => {
      for (const thread of threads) void thread.terminate()
      resolve()
    }
    for (const thread of threads) {
      thread.on('message', (result: Told) => {
        tally.add(result)
        if (result.violations.length === 0) return
        console.log(`seed ${result.seed}: ${result.violations.slice(0, 3).join('; ')}`)
        if (firstFailure) stop()
      })
      thread.on('error', reject)
      thread.on('exit', () => {
        if (--atWork === 0) resolve()
      })
    }
  })

const main = async (): Promise<void> => {
  let options
  try {
    options = parseOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exitCode = 2
    return
  }
  if (!options) return console.log(usage)
  const tally = new Tally()
  const startedMs = performance.now()
  await (options.seeds === 1 ? runOne(options, tally) : runMany(options, tally))
  for (const line of tally.lines((performance.now() - startedMs) / 1_000)) console.log(line)
  if (tally.failed.length === 0) return
  process.exitCode = 1
  if (options.firstFailure || options.trace) return
  for (const seed of tally.failed.slice(0, shrunkMax))
    console.log(`replay: ${commandOf(seed, await shrink(seed, options.change))}`)
}

await main()
