import { faultKinds } from '../scenario.ts'
import type { SimResult } from '../simulate.ts'

/** What many runs came to, for people. */
export class Tally {
  runs = 0
  events = 0
  virtualMs = 0
  readonly failed: number[] = []
  private readonly counts = new Map<string, number>()
  private readonly pairs = new Set<string>()

  add(result: Pick<SimResult, 'seed' | 'violations' | 'coverage' | 'events' | 'virtualMs'>): void {
    this.runs++
    this.events += result.events
    this.virtualMs += result.virtualMs
    if (result.violations.length > 0) this.failed.push(result.seed)
    const fired = [...result.coverage.keys()].sort()
    for (const [fault, count] of result.coverage) this.counts.set(fault, (this.counts.get(fault) ?? 0) + count)
    fired.forEach((a, i) => fired.slice(i + 1).forEach((b) => this.pairs.add(`${a} with ${b}`)))
  }

  lines(seconds: number): readonly string[] {
    const faults = [...this.counts.keys()].sort()
    const never = faults.flatMap((a, i) =>
      faults.slice(i + 1).flatMap((b) => (this.pairs.has(`${a} with ${b}`) ? [] : [`${a} with ${b}`])),
    )
    const silent = faultKinds.filter((kind) => !faults.some((fault) => fault.startsWith(kind)))
    const possible = (faults.length * (faults.length - 1)) / 2
    return [
      `faults fired: ${faults.map((fault) => `${fault} ${this.counts.get(fault)}`).join(', ')}`,
      ...(silent.length > 0 ? [`faults that never fired: ${silent.join(', ')}`] : []),
      `pairs of faults within one run: ${possible - never.length} of ${possible}`,
      ...(never.length > 0 && never.length <= 30 ? [`never together: ${never.join(', ')}`] : []),
      `${this.runs} seeds in ${seconds.toFixed(1)} s (${(this.runs / seconds).toFixed(1)} a second), ` +
        `${this.events} events, ${(this.virtualMs / 3_600_000).toFixed(1)} hours of virtual time`,
      `${this.runs - this.failed.length} passed, ${this.failed.length} failed`,
    ]
  }
}
