// Coordinators as a supervisor and an impatient operator would run them: killed, stopped, started twice, and started again.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Coordinators } from '../exactly-once/coordinators.ts'
import type { Story } from '../exactly-once/story.ts'
import type { CoordinatorChild } from '../support/coordinator-child.ts'
import { Dice } from './dice.ts'

const fates = [
  'kill -9',
  'kill -9 while another one starts',
  'a second start',
  'a second start that is killed',
  'SIGSTOP for seconds',
  'SIGSTOP, a second start, SIGCONT',
] as const
export type Fate = (typeof fates)[number]

/** What a supervisor waits before it starts again. */
const restartAfterMs = 500

export class Lives {
  /** How often each fate has come. */
  readonly happened = new Map<Fate, number>()
  private readonly coordinators: Coordinators
  private readonly story: Story
  private readonly dice: Dice

  constructor(seed: string, coordinators: Coordinators, story: Story) {
    this.coordinators = coordinators
    this.story = story
    this.dice = new Dice(`${seed}/lives`)
  }

  /** Until the time has come; answers the coordinator that is at work then. */
  async run(over: () => boolean): Promise<CoordinatorChild> {
    let current = await this.begin('first')
    while (!over()) {
      await sleep(this.dice.between(1_000, 10_000))
      if (over()) break
      const fate = this.dice.pick(fates)
      this.story.tell(`${current.name}: ${fate}`)
      this.happened.set(fate, (this.happened.get(fate) ?? 0) + 1)
      current = await this.meet(current, fate)
    }
    return current.hasEnded ? this.begin('last') : current
  }

  private async begin(why: string): Promise<CoordinatorChild> {
    for (;;) {
      const child = await this.coordinators.tryStart(why)
      if (child) return child
      await sleep(restartAfterMs)
    }
  }

  private async meet(elder: CoordinatorChild, fate: Fate): Promise<CoordinatorChild> {
    const { coordinators, dice } = this
    // One that has ended by itself is a surprise, and told as one; the run goes on.
    if (elder.hasEnded) return this.begin('the one before has ended by itself')
    coordinators.expectEnd(elder)
    switch (fate) {
      case 'kill -9':
        await coordinators.kill(elder)
        return this.begin('after a kill')
      case 'kill -9 while another one starts': {
        const next = this.begin('beside one that is killed')
        await sleep(dice.between(300, 3_000))
        await coordinators.kill(elder)
        return next
      }
      case 'a second start':
        return this.replace(elder)
      case 'a second start that is killed': {
        const usurper = coordinators.spawn('to be killed while it starts')
        await sleep(dice.between(300, 5_000))
        await coordinators.kill(usurper)
        return this.replace(elder)
      }
      case 'SIGSTOP for seconds':
        elder.pause()
        await sleep(dice.between(500, 12_000))
        elder.resume()
        coordinators.unexpectEnd(elder)
        return elder
      case 'SIGSTOP, a second start, SIGCONT':
        elder.pause()
        await sleep(dice.between(1_000, 16_000))
        return this.replace(elder)
    }
  }

  /** Another one takes over; the elder, stopped or not, must notice. */
  private async replace(elder: CoordinatorChild): Promise<CoordinatorChild> {
    const next = await this.begin('takes over')
    elder.resume()
    await this.coordinators.leaves(elder)
    return next
  }
}
