import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { BenchParts } from './bench-parts.ts'
import { compiled } from './compiled.ts'
import type { RequestCounts } from './request-counts.ts'

export interface Child {
  /** The first line that begins with `start`. */
  line(start: string): Promise<string>
  stop(): Promise<void>
  readonly process: ChildProcess
}

/** A coordinator at work; `url` is where its HTTP API is. */
export interface CoordinatorChild extends Child {
  readonly url: string
  /** Of a run whose parts are `counted`. */
  counts(): Promise<RequestCounts>
}

const live = new Set<ChildProcess>()
/** Told of a child that ended by itself, and not well. */
const watchers = new Set<(failure: Error) => void>()
const endAll = (): void => live.forEach((child) => child.kill('SIGKILL'))
process.on('exit', endAll)

/** Works with processes: rejects as soon as one of them fails, and leaves none behind. */
export const withProcesses = async <T>(work: () => Promise<T>): Promise<T> => {
  let watcher: ((failure: Error) => void) | undefined
  const failed = new Promise<never>((_, reject) => {
    watcher = reject
    watchers.add(reject)
  })
  try {
    return await Promise.race([work(), failed])
  } finally {
    if (watcher) watchers.delete(watcher)
    endAll()
  }
}

/** Runs a source file in a process of its own. */
export const run = (file: URL, env: Record<string, string>, ...nodeOptions: readonly string[]): Child => {
  const path = fileURLToPath(file)
  // The warning is kafkajs' on Node 24, and would stand between the rows.
  const options = ['--conditions=source', '--disable-warning=TimeoutNegativeWarning', ...nodeOptions, path]
  const child = spawn(process.execPath, options, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  live.add(child)
  let text = ''
  const waiting = new Set<() => void>()
  child.stdout?.on('data', (data: Buffer) => {
    text += data.toString()
    for (const look of waiting) look()
  })
  const exited = new Promise<void>((resolve) =>
    child.on('close', (code) => {
      live.delete(child)
      resolve()
      if (code !== 0) for (const fail of watchers) fail(new Error(`${path} ended with ${code}:\n${text}`))
    }),
  )
  return {
    process: child,
    line: (start) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = text.split('\n').find((line) => line.startsWith(start))
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        void exited.then(() => reject(new Error(`${path} ended before it said ${start}:\n${text}`)))
        look()
      }),
    stop: async () => {
      child.kill('SIGTERM')
      await exited
      if (process.env['BENCH_METRICS']) console.log(text)
    },
  }
}

/** Runs a workload's coordinator and waits until its intake is open. */
export const startCoordinatorProcess = async (
  file: URL,
  parts: BenchParts,
  ...nodeOptions: readonly string[]
): Promise<CoordinatorChild> => {
  // A profile is to name the sources.
  const script = nodeOptions.some((option) => option.startsWith('--cpu-prof')) ? file : await compiled(file)
  const child = run(script, { BENCH_PARTS: JSON.stringify(parts) }, ...nodeOptions)
  const [, url = ''] = (await child.line('ready ')).split(' ')
  const counts = (): Promise<RequestCounts> =>
    new Promise((resolve) => {
      child.process.once('message', (message) => resolve(message as unknown as RequestCounts))
      child.process.send('counts')
    })
  return { ...child, url, counts }
}
