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
  private ended = false

  /** @param onOutput gets what the functions and workerd print */
  constructor(bindings: Readonly<Record<string, string>>, onOutput: (line: string) => void) {
    this.bindings = bindings
    // Detached: the terminal's Ctrl-C must not end workerd before the coordinator has drained.
    this.child = fork(script, { detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.child.once('exit', () => (this.ended = true))
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
      const onExit = (exit: number | null): void => failed(`its process ended with ${exit}`)
      this.child.once('exit', onExit)
      this.child.once('message', (message: FromWorkerProcess) => {
        this.child.off('exit', onExit)
        if (message.kind === 'serving') resolve(message.url)
        else failed(message.message)
      })
      if (this.ended) failed('its process has ended')
      else this.child.send({ script: code, bindings: this.bindings })
    })
  }

  async close(): Promise<void> {
    if (this.ended) return
    const exited = new Promise((resolve) => this.child.once('exit', resolve))
    if (this.child.connected) this.child.disconnect()
    await exited
  }
}
