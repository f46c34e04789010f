import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** `npm start` as a user runs it, in a process group of its own, as a terminal would give it one. */
export class NpmStart {
  private readonly child: ChildProcess
  private readonly exited: Promise<unknown[]>
  output = ''

  constructor(env: Readonly<Record<string, string>>) {
    this.child = spawn('npm', ['start'], {
      detached: true,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.exited = once(this.child, 'exit')
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text))
  }

  /** Waits until what it printed matches; fails when it ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.output)
      if (found) return found
      if (this.child.exitCode !== null) throw new Error(`it ended before it said ${String(pattern)}:\n${this.output}`)
      await pause(20)
    }
  }

  /** Its HTTP, once that is there. */
  async url(): Promise<string> {
    return (await this.says(/^flights: (http:\S+)$/m))[1] ?? ''
  }

  /** To the whole group, as Ctrl-C and a terminal that goes away do. Answers npm's exit code. */
  async signal(signal: 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    if (this.child.pid !== undefined && this.child.exitCode === null) process.kill(-this.child.pid, signal)
    await this.exited
    return this.child.exitCode
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
