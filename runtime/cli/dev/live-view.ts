import { messageOf } from '../../model/errors.ts'
import { type Clock } from '../../ports/clock.ts'
import { drawView, sayView } from './draw.ts'
import type { Seen } from './view-source.ts'

const drawEveryMs = 1_000
const sayEveryMs = 5_000
const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'

/** A terminal, or whatever standard output is. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

export interface Shown {
  readonly application: string
  readonly url: string
  readonly look: () => Promise<Seen>
}

/**
 * Shows an application at work: on a terminal a picture that is drawn over itself, elsewhere a line now and then. What is
 * logged meanwhile is printed above the picture.
 */
export class LiveView {
  private readonly screen: Screen
  private readonly clock: Clock
  private readonly styled: boolean
  private drawn = 0
  private last: string[] = []
  private recordsSaid = new Map<string, number>()
  private cancel: (() => void) | undefined
  private looking: Promise<void> = Promise.resolve()
  private stopped = false

  constructor(screen: Screen, clock: Clock, styled: boolean) {
    this.screen = screen
    this.clock = clock
    this.styled = styled
  }

  /** Prints what is logged. */
  readonly writer = (line: string): void => this.print(line)

  private print(line: string): void {
    this.erase()
    this.screen.write(line)
    if (!this.stopped) this.draw(this.last)
  }

  start(shown: Shown): void {
    if (this.screen.isTTY) this.screen.write(hideCursor)
    else this.screen.write(`${shown.application}: ${shown.url}\n`)
    this.again(shown, 0)
  }

  /** Leaves the last picture where it is. */
  async stop(): Promise<void> {
    if (this.stopped) return
    this.stopped = true
    this.cancel?.()
    await this.looking
    if (this.screen.isTTY) this.screen.write(showCursor)
  }

  private again(shown: Shown, delayMs: number): void {
    this.cancel = this.clock.after(delayMs, () => {
      this.looking = this.show(shown).then(() => {
        if (!this.stopped) this.again(shown, this.screen.isTTY ? drawEveryMs : sayEveryMs)
      })
    })
  }

  private async show(shown: Shown): Promise<void> {
    try {
      // After the end of the coordinator nobody answers.
      const seen = await shown.look()
      if (this.stopped) return
      if (!this.screen.isTTY) return this.say(seen)
      const { columns = 80, rows = 24 } = this.screen
      this.erase()
      this.draw(drawView(shown.application, shown.url, seen, { columns, rows, styled: this.styled }))
    } catch (error) {
      if (!this.stopped) this.print(`the view has nothing to show: ${messageOf(error)}\n`)
    }
  }

  private say(seen: Seen): void {
    this.screen.write(`${sayView(seen)}\n`)
    for (const part of seen.parts) {
      if (part.kind !== 'records') continue
      const fresh = part.count - (this.recordsSaid.get(part.title) ?? 0)
      this.recordsSaid.set(part.title, part.count)
      if (fresh > 0) for (const line of part.lines.slice(-fresh)) this.screen.write(`${part.title}: ${line}\n`)
    }
  }

  private draw(lines: string[]): void {
    this.last = lines
    if (lines.length > 0) this.screen.write(`${lines.join('\n')}\n`)
    this.drawn = lines.length
  }

  private erase(): void {
    if (this.drawn > 0) this.screen.write(`\x1b[${this.drawn}A\x1b[0J`)
    this.drawn = 0
  }
}
