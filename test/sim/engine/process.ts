import type { Clock } from '../../../runtime/ports/clock.ts'
import type { Scheduler } from './scheduler.ts'

/**
 * A process as the world sees it: what comes from outside (answers, timers) is delivered to it while it runs, waits while it
 * is paused as by a long collection of garbage, and never comes once it is dead. The code in it cannot be stopped at any
 * other point, and need not be: between two deliveries it changes nothing that others can see.
 */
export class SimProcess {
  readonly name: string
  /** Added to the world's time; a process may be wrong about the time. */
  skewMs: number
  /** The most that it has ever been wrong. */
  skewMsMost: number
  dead = false
  /** Requests that it has made. */
  requests = 0
  /** It dies at its request of this number. */
  diesAtRequest = Infinity
  readonly clock: Clock
  private readonly scheduler: Scheduler
  private paused = false
  private waiting: (() => void)[] = []
  private readonly onDeath: (() => void)[] = []

  constructor(scheduler: Scheduler, name: string, skewMs: number) {
    this.scheduler = scheduler
    this.name = name
    this.skewMs = skewMs
    this.skewMsMost = Math.abs(skewMs)
    this.clock = {
      now: () => Math.floor(scheduler.calendarMs + this.skewMs),
      monotonic: () => scheduler.nowMs,
      // All that arrives at one moment comes in steps of its own.
      soon: queueMicrotask,
      after: (delayMs, action) => {
        let cancelled = false
        const cancel = scheduler.after(delayMs, () =>
          this.deliver(() => {
            if (!cancelled) action()
          }),
        )
        return () => {
          cancelled = true
          cancel()
        }
      },
    }
  }

  jump(ms: number): void {
    this.skewMs += ms
    this.skewMsMost = Math.max(this.skewMsMost, Math.abs(this.skewMs))
  }

  get isPaused(): boolean {
    return this.paused
  }

  deliver(action: () => void): void {
    if (this.dead) return
    if (this.paused) this.waiting.push(action)
    else action()
  }

  pause(durationMs: number): void {
    if (this.dead || this.paused) return
    this.paused = true
    this.scheduler.after(durationMs, () => this.resume())
  }

  private resume(): void {
    this.paused = false
    const { waiting } = this
    this.waiting = []
    // Each in a step of its own, as it would have come.
    for (const action of waiting) this.scheduler.after(0, () => this.deliver(action))
  }

  /** As `kill -9`. What it has asked for is still on its way. */
  kill(): void {
    if (this.dead) return
    this.dead = true
    this.waiting = []
    for (const action of this.onDeath) action()
  }

  whenDead(action: () => void): void {
    this.onDeath.push(action)
  }
}
