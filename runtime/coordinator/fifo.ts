/** A queue that may grow long: what is taken costs no more than what is added. */
export class Fifo<T> {
  private items: T[] = []
  private head = 0

  get length(): number {
    return this.items.length - this.head
  }

  push(item: T): void {
    this.items.push(item)
  }

  /** Before all others, in their order. */
  putBack(items: readonly T[]): void {
    this.items = [...items, ...this.items.slice(this.head)]
    this.head = 0
  }

  /** The next in line; `advance` takes it. */
  peek(): T | undefined {
    return this.items[this.head]
  }

  /** Only where there is one. */
  advance(): void {
    this.head++
    const isMostlyTaken = this.head > 1_024 && this.head * 2 > this.items.length
    if (this.length > 0 && !isMostlyTaken) return
    this.items = this.items.slice(this.head)
    this.head = 0
  }
}
