import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const program = join(import.meta.dirname, '..', '..', '..', 'runtime', 'cli', 'main.ts')
const tailLines = 25
const living = new Set<ChildProcess>()
process.on('exit', () => living.forEach((child) => child.kill('SIGKILL')))

/** A coordinator that runs as its users run it: `millrace start`, as a child of the test. */
export class CoordinatorChild {
  readonly name: string
  readonly startedAt = Date.now()
  /** Where its HTTP listens, once it has taken over and runs. */
  url: string | undefined
  /** Resolves with the exit code; undefined where a signal ended it. */
  readonly ended: Promise<number | undefined>
  private readonly child: ChildProcess
  private readonly tail: string[] = []

  /**
   * @param logFile gets its log
   * @param more options of `millrace start`
   */
  constructor(
    name: string,
    application: string,
    env: Readonly<Record<string, string>>,
    logFile: string,
    more: readonly string[] = [],
  ) {
    this.name = name
    const args = [
      '--conditions=source',
      '--no-warnings',
      program,
      'start',
      '--config',
      application,
      '--create',
      ...more,
    ]
    this.child = spawn(process.execPath, args, {
      env: { ...process.env, ...env, MILLRACE_HTTP_PORT: '0' },
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    const { child } = this
    living.add(child)
    const log = createWriteStream(logFile, { flags: 'a' })
    if (child.stderr)
      createInterface({ input: child.stderr }).on('line', (line) => {
        log.write(`${line}\n`)
        this.told(line)
      })
    this.ended = new Promise((resolve) =>
      child.once('close', (code) => {
        living.delete(child)
        log.end()
        resolve(code ?? undefined)
      }),
    )
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** The last that it said. */
  get lastWords(): string {
    return this.tail.join('\n')
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }

  /** SIGSTOP: it does nothing until `resume`, and its connections stay. */
  pause(): void {
    this.child.kill('SIGSTOP')
  }

  resume(): void {
    this.child.kill('SIGCONT')
  }

  drain(): Promise<number | undefined> {
    this.child.kill('SIGTERM')
    return this.ended
  }

  private told(line: string): void {
    this.tail.push(line)
    if (this.tail.length > tailLines) this.tail.shift()
    if (!line.startsWith('{')) return
    // The log is JSON, one object a line.
    const { event, url }: { event?: unknown; url?: unknown } = JSON.parse(line)
    if (event === 'listening' && typeof url === 'string') this.url = url
  }
}
