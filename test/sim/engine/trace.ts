import { createHash } from 'node:crypto'
import type { Scheduler } from './scheduler.ts'

/** What happened, line by line: a digest of all of it, and the lines themselves where someone wants to read them. */
export class Trace {
  readonly lines: string[] | undefined
  private readonly hash = createHash('sha256')
  private readonly scheduler: Scheduler

  constructor(scheduler: Scheduler, keepLines: boolean) {
    this.scheduler = scheduler
    this.lines = keepLines ? [] : undefined
  }

  add(who: string, what: string): void {
    const line = `${this.scheduler.nowMs.toFixed(3)} ${who} ${what}`
    this.hash.update(line)
    this.hash.update('\n')
    this.lines?.push(line)
  }

  digest(): string {
    return this.hash.copy().digest('hex')
  }
}
