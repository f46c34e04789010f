import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import type { BenchParts } from './application.ts'

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

/** Serves functions in workerd, as they would be deployed. */
export const serveFunctions = async (worker: URL): Promise<{ url: string; close: () => Promise<void> }> => {
  const bundled = await build({
    entryPoints: [fileURLToPath(worker)],
    bundle: true,
    format: 'esm',
    write: false,
    conditions: ['source', 'workerd'],
    minify: true,
  })
  const script = bundled.outputFiles[0]?.text ?? ''
  const miniflare = new Miniflare({
    modules: true,
    script,
    compatibilityDate: '2026-01-01',
    cf: false,
    host: '127.0.0.1',
    port: 0,
  })
  return { url: (await miniflare.ready).toString(), close: () => miniflare.dispose() }
}

export interface Child {
  /** The first line that begins with `start`. */
  line(start: string): Promise<string>
  stop(): Promise<void>
  readonly process: ChildProcess
}

export const run = (file: string, env: Record<string, string>, ...nodeOptions: string[]): Child => {
  const options = ['--conditions=source', '--max-old-space-size=6000', ...nodeOptions, here(file)]
  const child = spawn(process.execPath, options, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  const waiting = new Set<() => void>()
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString()
    for (const look of waiting) look()
  })
  const exited = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? -1)))
  return {
    process: child,
    line: (start) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = text.split('\n').find((line) => line.startsWith(start))
          if (found !== undefined) {
            waiting.delete(look)
            resolve(found)
          }
        }
        waiting.add(look)
        void exited.then((code) => reject(new Error(`${file} ended with ${code} before it said ${start}:\n${text}`)))
        look()
      }),
    stop: async () => {
      child.kill('SIGTERM')
      await exited
      if (process.env['BENCH_METRICS']) console.log(text)
    },
  }
}

export const startCoordinatorProcess = async (parts: BenchParts, ...nodeOptions: string[]): Promise<Child> => {
  const child = run(
    process.env['BENCH_COORDINATOR'] ?? 'coordinator-process.ts',
    { BENCH_PARTS: JSON.stringify(parts) },
    ...nodeOptions,
  )
  await child.line('ready')
  return child
}
