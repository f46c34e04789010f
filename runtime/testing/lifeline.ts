/**
 * The life of one coordinator's process as the outside sees it. Once it is cut, what the process had asked for is never
 * answered, and what it asks for never arrives: it was killed, and the little that still runs of it can change nothing.
 */
export class Lifeline {
  cut = false
  /** Things done to the world so far. When it stands still, so does the coordinator. */
  deeds = 0
  private readonly mourners = new Set<() => void>()

  /** What `ask` answers, or nothing ever. */
  async during<T>(ask: () => Promise<T>): Promise<T> {
    if (this.cut) return never()
    try {
      const answer = await ask()
      return this.cut ? await never<T>() : answer
    } catch (error) {
      if (this.cut) return never()
      throw error
    }
  }

  /** As `during`, for what changes the world. */
  deed<T>(act: () => Promise<T>): Promise<T> {
    this.deeds++
    return this.during(act)
  }

  /** Calls `action` when the life ends; the answer takes that back. */
  onCut(action: () => void): () => void {
    this.mourners.add(action)
    return () => this.mourners.delete(action)
  }

  end(): void {
    if (this.cut) return
    this.cut = true
    for (const action of this.mourners) action()
    this.mourners.clear()
  }
}

const never = <T>(): Promise<T> => new Promise(() => undefined)
