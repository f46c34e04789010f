// Starts coordinators and kills them by SIGKILL: while they start, right after they took over, at work, while another one takes
// over from them, while parts of what they stand on are away.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import { CoordinatorChild } from '../support/coordinator-child.ts'
import type { Story } from './story.ts'

export interface Outage {
  readonly what: string
  readonly begin: () => Promise<void>
  readonly end: () => Promise<void>
}

/** When a coordinator is killed; in each ten lives each comes. */
const fates = [
  'overlapping',
  'starting',
  'working',
  'taking-over',
  'starting',
  'usurper',
  'working',
  'overlapping',
  'starting',
  'taking-over',
] as const

const application = join(import.meta.dirname, 'application.ts')
const startWithinMs = 60_000
const fencedWithinMs = 30_000
const outageMs = 3_000

export class Reaper {
  private readonly env: Readonly<Record<string, string>>
  private readonly logDir: string
  private readonly file: string
  private readonly story: Story
  private readonly random: ReturnType<typeof seededRandom>
  private readonly children: CoordinatorChild[] = []
  private readonly expected = new Set<CoordinatorChild>()
  /** Coordinators that lived when they were killed. */
  kills = 0
  /** Elders that ended with exit code 3 because another one had taken over. */
  fenced = 0
  /** What no coordinator should have done. */
  readonly surprises: string[] = []

  constructor(seed: string, env: Readonly<Record<string, string>>, logDir: string, story: Story) {
    this.env = env
    this.logDir = logDir
    this.story = story
    this.random = seededRandom(`${seed}/reaper`)
    // What a start writes beside the application file stays there when it is killed.
    this.file = join(logDir, 'application.ts')
    writeFileSync(this.file, `export { default } from ${JSON.stringify(application)}\n`)
  }

  /** One life, from the start of a coordinator to its violent end. */
  async life(number: number, outage: Outage | undefined): Promise<void> {
    const fate = outage ? 'working' : fates[number % fates.length]!
    const child = this.spawn(fate)
    if (fate === 'starting') {
      await sleep(this.between(150, 2_000))
      return this.kill(child)
    }
    await this.started(child)
    if (fate === 'taking-over') await sleep(this.between(0, 250))
    else await sleep(this.between(300, 4_500))
    if (outage) await this.suffer(outage)
    if (fate === 'overlapping') return this.overlap(child)
    if (fate === 'usurper') await this.usurp(child)
    await this.kill(child)
  }

  /** The one that is left alone to finish. */
  async last(): Promise<CoordinatorChild> {
    const child = this.spawn('last')
    await this.started(child)
    return child
  }

  async drain(child: CoordinatorChild): Promise<number | undefined> {
    this.expected.add(child)
    const code = await child.drain()
    this.story.tell(`${child.name} drained with code ${code}`)
    return code
  }

  async killAll(): Promise<void> {
    for (const child of this.children) {
      this.expected.add(child)
      await child.kill()
    }
  }

  private between(leastMs: number, mostMs: number): number {
    return leastMs + this.random.next() * (mostMs - leastMs)
  }

  private spawn(fate: string): CoordinatorChild {
    const name = `coordinator-${this.children.length + 1}`
    const child = new CoordinatorChild(name, this.file, this.env, join(this.logDir, `${name}.log`))
    this.story.tell(`${name} begins (${fate})`)
    this.children.push(child)
    void child.ended.then((code) => {
      if (this.expected.has(child)) return
      const surprise = `${name} ended by itself with code ${code}: ${child.lastWords}`
      this.story.tell(surprise)
      this.surprises.push(surprise)
    })
    return child
  }

  private async started(child: CoordinatorChild): Promise<void> {
    const deadline = Date.now() + startWithinMs
    while (child.url === undefined) {
      if (child.hasEnded) throw new Error(`${child.name} did not start: ${child.lastWords}`)
      if (Date.now() > deadline) throw new Error(`${child.name} has not started within ${startWithinMs} ms`)
      await sleep(5)
    }
    this.story.tell(`${child.name} has taken over after ${Date.now() - child.startedAt} ms`)
  }

  private async kill(child: CoordinatorChild): Promise<void> {
    if (child.hasEnded) return
    this.expected.add(child)
    await child.kill()
    this.kills++
    this.story.tell(`${child.name} killed after ${Date.now() - child.startedAt} ms`)
  }

  /** The next one takes over from a living one, which must notice and leave; then the next one is killed. */
  private async overlap(elder: CoordinatorChild): Promise<void> {
    this.expected.add(elder)
    const next = this.spawn('takes over from a living one')
    await this.started(next)
    const code = await Promise.race([elder.ended, sleep(fencedWithinMs).then(() => 'still there')])
    this.story.tell(`${elder.name} ended with ${code}`)
    if (code === 3) this.fenced++
    else
      this.surprises.push(`${elder.name} was taken over from and ended with ${code} instead of 3: ${elder.lastWords}`)
    await this.kill(elder)
    await sleep(this.between(0, 2_500))
    await this.kill(next)
  }

  /** Another one begins to take over and is killed in it. The elder may have been fenced by it, or go on. */
  private async usurp(elder: CoordinatorChild): Promise<void> {
    this.expected.add(elder)
    const next = this.spawn('begins to take over from a living one')
    await sleep(this.between(400, 2_500))
    await this.kill(next)
    const code = await Promise.race([elder.ended, sleep(this.between(500, 6_000)).then(() => 'lives')])
    this.story.tell(`${elder.name} ${code === 'lives' ? 'lives on' : `ended with ${code}`}`)
    if (code === 3) this.fenced++
    else if (code !== 'lives') this.surprises.push(`${elder.name} ended with ${code} instead of 3: ${elder.lastWords}`)
  }

  private async suffer({ what, begin, end }: Outage): Promise<void> {
    this.story.tell(`${what} goes away`)
    await begin()
    await sleep(outageMs)
    await end()
    this.story.tell(`${what} is back`)
    await sleep(this.between(1_000, 5_000))
  }
}
