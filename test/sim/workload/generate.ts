import type { Dice } from '../engine/dice.ts'
import type { Scenario } from '../scenario.ts'
import { attemptsMax, recordBytesMax, type Command, type Place, type Step } from './command.ts'

/** How a command comes in from outside, and when. */
export interface Input {
  readonly atMs: number
  readonly via: 'record' | 'aborted-record' | 'send' | 'keyed-send' | 'call' | 'keyed-call'
  readonly to: Place
  readonly command: Command
}

const longAgoMs = 600_000
/** Of the map of an actor. */
const keys = ['v', 'w', 'x', 'y', 'z']

/** Draws the commands of a run: trees of sends, delays, cancellations, state changes and records. */
export class Generator {
  private readonly dice: Dice
  private readonly scenario: Scenario
  private commands = 0

  constructor(dice: Dice, scenario: Scenario) {
    this.dice = dice
    this.scenario = scenario
  }

  inputs(): readonly Input[] {
    const { dice, scenario } = this
    const ways = ['record', 'record', 'record', 'send', 'keyed-send', 'call', 'keyed-call'] as const
    const inputs: Input[] = Array.from({ length: scenario.flood }, () => {
      const command = { id: `c${this.commands++}`, steps: [] }
      return { atMs: 0, via: 'record', to: this.place(), command }
    })
    for (let i = 0; i < scenario.inputs; i++) {
      const aborted = scenario.faults.has('aborted-input') && dice.chance(0.35)
      const atMs = dice.between(0, scenario.faultMs)
      inputs.push({
        atMs,
        via: aborted ? 'aborted-record' : dice.pick(ways),
        to: this.place(),
        command: this.command(0),
      })
    }
    return inputs.sort((a, b) => a.atMs - b.atMs)
  }

  private place(): Place {
    return { typename: this.dice.pick(this.scenario.typenames), id: this.dice.pick(this.scenario.ids) }
  }

  private command(depth: number): Command {
    const { dice, scenario } = this
    const id = `c${this.commands++}`
    const count = depth >= 2 ? dice.whole(0, 1) : dice.whole(0, 3)
    const steps = Array.from({ length: count }, () => this.step(id, depth)).flat()
    if (!scenario.faults.has('failing-commands') || !dice.chance(0.2)) return { id, steps }
    if (dice.chance(0.2)) return { id, steps: [], terminal: true }
    return { id, steps, fails: dice.pick([1, 1, 2, 3, attemptsMax]) }
  }

  private step(id: string, depth: number): Step[] {
    const { dice } = this
    const draw = dice.whole(0, 11)
    if (draw <= 2 && depth < 2) return [{ do: 'send', to: this.place(), command: this.command(depth + 1) }]
    if (draw === 3 && depth < 2) return [{ do: 'ask', to: this.place(), command: this.command(depth + 1) }]
    if (draw === 4 && depth < 2) {
      const ms = dice.pick([0, dice.whole(1, 200), dice.whole(200, 4_000)])
      return [{ do: 'delay', ms, to: this.place(), command: this.command(depth + 1) }]
    }
    if (draw === 5 && depth < 2) return this.taken(depth)
    if (draw === 6) return [{ do: 'put', key: dice.pick(keys), value: dice.whole(0, 99) }]
    if (draw === 7) return [{ do: 'remove', key: dice.pick(keys) }]
    if (draw === 10) return [{ do: 'bump', key: dice.pick(keys), catches: dice.chance(0.3) }]
    if (draw === 11 && dice.chance(0.5)) return [{ do: 'survey' }]
    if (draw === 8)
      return [dice.chance(0.5) ? { do: 'fade', value: dice.whole(0, 99) } : { do: 'scratch', text: this.scratch() }]
    const unfit = this.scenario.faults.has('unfit-egress') && dice.chance(0.2)
    return [{ do: 'emit', mark: `${id}/${depth}`, padding: unfit ? 2 * recordBytesMax : 0 }]
  }

  private scratch(): string | undefined {
    return this.dice.chance(0.3) ? undefined : `s${this.dice.whole(0, 9)}`
  }

  /** A delayed message that is taken back, or replaced, by the same command or not at all: it is due in a long time. */
  private taken(depth: number): Step[] {
    const { dice } = this
    const token = dice.pick(['t', 'u'])
    const first: Step = { do: 'delay', ms: longAgoMs, token, to: this.place(), command: this.command(depth + 1) }
    if (dice.chance(0.5)) return [first, { do: 'cancel', token }]
    const ms = dice.whole(1, 3_000)
    return [first, { do: 'delay', ms, token, to: this.place(), command: this.command(depth + 1) }]
  }
}
