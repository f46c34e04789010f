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
  /** Of the scripts that were sent, in order: each is answered. */
  private readonly unanswered: ((answer: FromWorkerProcess) => void)[] = []
  /** What the process said unasked: why it ends. */
  private lastWords = 'its process has ended'

  /** @param onOutput gets what the functions and workerd print */
  constructor(bindings: Readonly<Record<string, string>>, onOutput: (line: string) => void) {
    this.bindings = bindings
    // Detached: the terminal's Ctrl-C must not end workerd before the coordinator has drained.
    this.child = fork(script, { detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.exited = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.on('message', (answer: FromWorkerProcess) => {
      const answered = this.unanswered.shift()
      if (answered) answered(answer)
      else if (answer.kind === 'failed') this.lastWords = answer.message
    })
    // Comes after its last message, as its exit does not.
    this.child.once('disconnect', () => {
      for (const unanswered of this.unanswered.splice(0)) unanswered({ kind: 'failed', message: this.lastWords })
    })
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n')) if (line.trim() !== '') onOutput(line)
      })
  }

  /** Serves `code` from now on, in place of what was served. Answers where. */
  serve(code: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const failed = (message: string): void =>
        reject(new MillraceError('ENDPOINT_UNAVAILABLE', `workerd does not start: ${message}`))
      if (!this.child.connected) return failed(this.lastWords)
      this.unanswered.push((answer) => (answer.kind === 'serving' ? resolve(answer.url) : failed(answer.message)))
      // Where it ends before it gets this, that is told when it has.
      this.child.send({ script: code, bindings: this.bindings }, () => undefined)
    })
  }

  async close(): Promise<void> {
    if (this.child.connected) this.child.disconnect()
    await this.exited
  }
}
