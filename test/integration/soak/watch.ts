import type { Coordinators } from '../exactly-once/coordinators.ts'
import { metricsOf } from '../support/metrics.ts'

const everyMs = 500

/** Looks at coordinators from outside while they run. */
export class Watch {
  /** The longest time in which no window was committed, in milliseconds. */
  stillMsMax = 0
  /** The most memory that a coordinator's process had, in bytes. */
  memoryMax = 0
  private readonly coordinators: Coordinators
  private seen = ''
  private movedAt = performance.now()
  private readonly timer: NodeJS.Timeout
  private looking = false

  constructor(coordinators: Coordinators) {
    this.coordinators = coordinators
    this.timer = setInterval(() => void this.look(), everyMs)
  }

  stop(): void {
    clearInterval(this.timer)
    this.moved('')
  }

  private async look(): Promise<void> {
    const { current } = this.coordinators
    if (this.looking || current?.url === undefined) return
    this.looking = true
    const metrics = await metricsOf(current.url)
    this.looking = false
    if (!metrics) return
    const bytes = metrics.get('process_resident_memory_bytes') ?? 0
    this.memoryMax = Math.max(this.memoryMax, bytes)
    this.moved(`${current.name} ${metrics.get('millrace_windows_total')}`)
  }

  private moved(now: string): void {
    if (now === this.seen) return
    this.stillMsMax = Math.max(this.stillMsMax, performance.now() - this.movedAt)
    this.seen = now
    this.movedAt = performance.now()
  }
}
