/** How often each fault fired, and which fired in the same run. */
export class Coverage {
  readonly counts = new Map<string, number>()

  hit(fault: string): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1)
  }
}
