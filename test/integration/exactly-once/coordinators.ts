import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CoordinatorChild } from '../support/coordinator-child.ts'
import type { Story } from './story.ts'

const application = join(import.meta.dirname, 'application.ts')
const startWithinMs = 90_000
const fencedWithinMs = 60_000
const failedCode = 1
const fencedCode = 3

/** The coordinators of a run, one after the other or at once, and how each has ended. */
export class Coordinators {
  private readonly env: Readonly<Record<string, string>>
  private readonly logDir: string
  private readonly file: string
  private readonly story: Story
  private readonly children: CoordinatorChild[] = []
  private readonly expected = new Set<CoordinatorChild>()
  /** Coordinators that lived when they were killed. */
  kills = 0
  /** Elders that ended with exit code 3 because another one had taken over. */
  fenced = 0
  /** Starts that ended in a coordinator at work. */
  takeOvers = 0
  /** Starts that ended because the store or Kafka did not answer. */
  failedStarts = 0
  /** What no coordinator should have done. */
  readonly surprises: string[] = []

  constructor(env: Readonly<Record<string, string>>, logDir: string, story: Story) {
    this.env = env
    this.logDir = logDir
    this.story = story
    // What a start writes beside the application file stays there when it is killed.
    this.file = join(logDir, 'application.ts')
    writeFileSync(this.file, `export { default } from ${JSON.stringify(application)}\n`)
  }

  /** The youngest that takes requests. */
  get current(): CoordinatorChild | undefined {
    return this.children.findLast(({ url, hasEnded }) => url !== undefined && !hasEnded)
  }

  spawn(fate: string): CoordinatorChild {
    const name = `coordinator-${this.children.length + 1}`
    const child = new CoordinatorChild(name, this.file, this.env, join(this.logDir, `${name}.log`))
    this.story.tell(`${name} begins (${fate})`)
    this.children.push(child)
    void child.ended.then((code) => {
      if (this.expected.has(child)) return
      // Rightly given up, before anybody came to kill it.
      if (child.url === undefined && isAway(child, code)) return this.gaveUp(child)
      const surprise = `${name} ended by itself with code ${code}: ${child.lastWords}`
      this.story.tell(surprise)
      this.surprises.push(surprise)
    })
    return child
  }

  /** From now on its end is no surprise. */
  expectEnd(child: CoordinatorChild): void {
    this.expected.add(child)
  }

  unexpectEnd(child: CoordinatorChild): void {
    this.expected.delete(child)
  }

  /** Waits until it is at work. */
  async started(child: CoordinatorChild): Promise<void> {
    const deadline = Date.now() + startWithinMs
    while (child.url === undefined) {
      if (child.hasEnded) throw new Error(`${child.name} did not start: ${child.lastWords}`)
      if (Date.now() > deadline) throw new Error(`${child.name} has not started within ${startWithinMs} ms`)
      await sleep(5)
    }
    this.takeOvers++
    this.story.tell(`${child.name} has taken over after ${Date.now() - child.startedAt} ms`)
  }

  async start(fate: string): Promise<CoordinatorChild> {
    const child = this.spawn(fate)
    await this.started(child)
    return child
  }

  /** A start that may fail as long as what coordinators stand on is away: undefined then, and a supervisor tries again. */
  async tryStart(fate: string): Promise<CoordinatorChild | undefined> {
    const child = this.spawn(fate)
    this.expectEnd(child)
    try {
      await this.started(child)
      this.expected.delete(child)
      return child
    } catch (error) {
      const code = child.hasEnded ? await child.ended : 'too slow'
      if (isAway(child, code)) this.gaveUp(child)
      else this.surprises.push(`${String(error)} (${code})`)
      await child.kill()
      return undefined
    }
  }

  private gaveUp(child: CoordinatorChild): void {
    this.failedStarts++
    this.story.tell(`${child.name} did not start: ${child.lastWords.split('\n').at(-1)}`)
  }

  async kill(child: CoordinatorChild): Promise<void> {
    if (child.hasEnded) return
    this.expectEnd(child)
    await child.kill()
    this.kills++
    this.story.tell(`${child.name} killed after ${Date.now() - child.startedAt} ms`)
  }

  /** Waits until one that has been taken over from has left, as it must by itself. */
  async leaves(elder: CoordinatorChild): Promise<void> {
    this.expectEnd(elder)
    const code = await Promise.race([elder.ended, sleep(fencedWithinMs).then(() => 'still there')])
    this.tellEnd(elder, code)
    if (code !== fencedCode)
      this.surprises.push(`${elder.name} was taken over from and ended with ${code} instead of 3: ${elder.lastWords}`)
    if (code === 'still there') await this.kill(elder)
  }

  /** One that may have been taken over from: waits so long for its end. */
  async mayLeave(elder: CoordinatorChild, withinMs: number): Promise<void> {
    this.expectEnd(elder)
    const code = await Promise.race([elder.ended, sleep(withinMs).then(() => 'lives on')])
    this.tellEnd(elder, code)
    if (code !== fencedCode && code !== 'lives on')
      this.surprises.push(`${elder.name} ended with ${code} instead of 3: ${elder.lastWords}`)
  }

  async drain(child: CoordinatorChild): Promise<number | undefined> {
    this.expectEnd(child)
    const code = await child.drain()
    this.story.tell(`${child.name} drained with code ${code}`)
    return code
  }

  async killAll(): Promise<void> {
    for (const child of this.children) {
      this.expectEnd(child)
      await child.kill()
    }
  }

  private tellEnd(child: CoordinatorChild, code: number | string | undefined): void {
    this.story.tell(`${child.name}: ${typeof code === 'string' ? code : `ended with ${code}`}`)
    if (code === fencedCode) this.fenced++
  }
}

/** A start that ended since the store or Kafka did not answer, as it should. */
const isAway = (child: CoordinatorChild, code: number | string | undefined): boolean =>
  code === failedCode && /STORE_UNAVAILABLE|LOG_UNAVAILABLE/.test(child.lastWords)
