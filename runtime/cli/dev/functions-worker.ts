import { type ChildProcess, fork } from 'node:child_process'
import { MillraceError } from '../../model/errors.ts'
import type { FromWorkerProcess } from './worker-messages.ts'

// `.ts` where the sources run as they are, `.js` where they were built.
const file = import.meta.url.endsWith('.ts') ? './worker-process.ts' : './worker-process.js'
const script = new URL(file, import.meta.url)

/** workerd behind a free port of loopback. */
export class FunctionsWorker {
  private readonly child: ChildProcess
  private readonly bindings: Readonly<Record<string, string>>
  private readonly exited: Promise<unknown>
  /** Of the script that was sent and is not served yet. */
  private onAnswer: ((answer: FromWorkerProcess) => void) | undefined
  /** What the process said unasked: why it ends. */
  private lastWords = 'its process has ended'

  /** @param onOutput gets what the functions and workerd print */
  constructor(bindings: Readonly<Record<string, string>>, onOutput: (line: string) => void) {
    this.bindings = bindings
    // Detached: the terminal's Ctrl-C must not end workerd before the coordinator has drained.
    this.child = fork(script, { detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.exited = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.on('message', (answer: FromWorkerProcess) => {
      if (answer.kind === 'failed' && !this.onAnswer) this.lastWords = answer.message
      this.answer(answer)
    })
    // Comes after its last message, as its exit does not.
    this.child.once('disconnect', () => this.answer({ kind: 'failed', message: this.lastWords }))
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n')) if (line.trim() !== '') onOutput(line)
      })
  }

  /** Serves `code` from now on, in place of what was served. Answers where. */
  serve(code: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.onAnswer = (answer) => {
        if (answer.kind === 'serving') return resolve(answer.url)
        reject(new MillraceError('ENDPOINT_UNAVAILABLE', `workerd does not start: ${answer.message}`))
      }
      if (!this.child.connected) return this.answer({ kind: 'failed', message: this.lastWords })
      // Where it ends before it gets this, that is told when it has.
      this.child.send({ script: code, bindings: this.bindings }, () => undefined)
    })
  }

  async close(): Promise<void> {
    if (this.child.connected) this.child.disconnect()
    await this.exited
  }

  private answer(answer: FromWorkerProcess): void {
    this.onAnswer?.(answer)
    this.onAnswer = undefined
  }
}
