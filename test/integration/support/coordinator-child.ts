import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ShardView } from './shard-view.ts'

type Told =
  | { readonly event: 'starting' | 'started' }
  | { readonly event: 'ended'; readonly end: string }
  | { readonly event: 'failed'; readonly code: string | undefined; readonly message: string }
  | { readonly event: 'view'; readonly view?: ShardView; readonly message?: string }

const script = join(import.meta.dirname, 'coordinator-process.ts')
const living = new Set<ChildProcess>()
process.on('exit', () => living.forEach((child) => child.kill('SIGKILL')))

/** A coordinator that runs as a child of the test. */
export class CoordinatorChild {
  readonly name: string
  readonly startedAt = Date.now()
  /** It has taken over. */
  started = false
  /** Why it ended, in its own words. */
  failure: string | undefined
  exitCode: number | undefined
  killed = false
  /** Resolves with the exit code; undefined where a signal ended it. */
  readonly ended: Promise<number | undefined>
  private readonly child: ChildProcess
  private readonly views: ((view: ShardView | Error) => void)[] = []

  /** @param logFile gets its standard error, which is its log */
  constructor(name: string, application: string, env: Readonly<Record<string, string>>, logFile: string) {
    this.name = name
    this.child = spawn(process.execPath, ['--conditions=source', '--no-warnings', script, application], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const { child } = this
    living.add(child)
    child.stdin?.on('error', () => undefined)
    child.stderr?.pipe(createWriteStream(logFile, { flags: 'a' }))
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.told(line))
    this.ended = new Promise((resolve) =>
      child.once('close', (code) => {
        living.delete(child)
        this.exitCode = code ?? undefined
        for (const view of this.views.splice(0)) view(new Error(`${name} ended with code ${code}: ${this.failure}`))
        resolve(this.exitCode)
      }),
    )
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  async kill(): Promise<void> {
    this.killed = !this.hasEnded
    this.child.kill('SIGKILL')
    await this.ended
  }

  drain(): Promise<number | undefined> {
    this.child.kill('SIGTERM')
    return this.ended
  }

  /** What it holds, once all of it is committed. */
  async view(typenames: readonly string[]): Promise<ShardView> {
    const view = await new Promise<ShardView | Error>((resolve) => {
      if (this.hasEnded) return resolve(new Error(`${this.name} has ended: ${this.failure}`))
      this.views.push(resolve)
      this.child.stdin?.write(`${JSON.stringify(typenames)}\n`)
    })
    if (view instanceof Error) throw view
    return view
  }

  private told(line: string): void {
    // The program beside this file is the only writer of these lines.
    const told: Told = JSON.parse(line)
    if (told.event === 'started') this.started = true
    else if (told.event === 'failed') this.failure = `${told.code}: ${told.message}`
    else if (told.event === 'view') this.views.shift()?.(told.view ?? new Error(told.message))
  }
}
