import type { Asked } from '../world/clients.ts'
import type { Fed } from '../world/feeder.ts'
import type { Command } from '../workload/command.ts'
import { childrenOf } from './expect.ts'
import type { Outcome } from './facts.ts'

/** Commands that must still come to an end, as far as can be told from what came out. */
export const outstanding = (fed: readonly Fed[], asked: readonly Asked[], outcome: Outcome): readonly string[] => {
  const executed = new Set(outcome.emitted.map(({ text }) => text))
  const dead = new Set(outcome.dead.map(({ command }) => command))
  const left: string[] = []
  const follow = (command: Command, must: boolean): void => {
    if (executed.has(command.id)) {
      for (const child of childrenOf(command)) {
        const taken = child.step?.do === 'delay' && child.step.token !== undefined
        follow(child.command, !taken)
      }
    } else if (must && !dead.has(command.id)) left.push(command.id)
  }
  for (const { input } of fed) follow(input.command, true)
  for (const { input, acknowledged } of asked) follow(input.command, acknowledged)
  for (const { input, done } of asked) if (!done) left.push(`client of ${input.command.id}`)
  return left
}
