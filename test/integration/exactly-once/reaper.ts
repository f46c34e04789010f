// Starts coordinators and kills them by SIGKILL: while they start, right after they took over, at work, while another one takes
// over from them, while parts of what they stand on are away.
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import type { CoordinatorChild } from '../support/coordinator-child.ts'
import type { Coordinators } from './coordinators.ts'
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

const outageMs = 3_000

export class Reaper {
  private readonly coordinators: Coordinators
  private readonly story: Story
  private readonly random: ReturnType<typeof seededRandom>

  constructor(seed: string, coordinators: Coordinators, story: Story) {
    this.coordinators = coordinators
    this.story = story
    this.random = seededRandom(`${seed}/reaper`)
  }

  /** One life, from the start of a coordinator to its violent end. */
  async life(number: number, outage: Outage | undefined): Promise<void> {
    const { coordinators } = this
    const fate = outage ? 'working' : fates[number % fates.length]!
    const child = coordinators.spawn(fate)
    if (fate === 'starting') {
      await sleep(this.between(150, 2_000))
      return coordinators.kill(child)
    }
    await coordinators.started(child)
    if (fate === 'taking-over') await sleep(this.between(0, 250))
    else await sleep(this.between(300, 4_500))
    if (outage) await this.suffer(outage)
    if (fate === 'overlapping') return this.overlap(child)
    if (fate === 'usurper') await this.usurp(child)
    await coordinators.kill(child)
  }

  private between(leastMs: number, mostMs: number): number {
    return leastMs + this.random.next() * (mostMs - leastMs)
  }

  /** The next one takes over from a living one, which must notice and leave; then the next one is killed. */
  private async overlap(elder: CoordinatorChild): Promise<void> {
    this.coordinators.expectEnd(elder)
    const next = await this.coordinators.start('takes over from a living one')
    await this.coordinators.leaves(elder)
    await sleep(this.between(0, 2_500))
    await this.coordinators.kill(next)
  }

  /** Another one begins to take over and is killed in it. The elder may have been fenced by it, or go on. */
  private async usurp(elder: CoordinatorChild): Promise<void> {
    this.coordinators.expectEnd(elder)
    const next = this.coordinators.spawn('begins to take over from a living one')
    await sleep(this.between(400, 2_500))
    await this.coordinators.kill(next)
    await this.coordinators.mayLeave(elder, this.between(500, 6_000))
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
