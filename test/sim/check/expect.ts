import type { Command, Place, Step } from '../workload/command.ts'
import { attemptsMax } from '../workload/command.ts'

/** A command and where it goes, with the one that sent it. */
export interface Sent {
  readonly command: Command
  readonly to: Place
  /** Undefined: it comes from outside. */
  readonly by: string | undefined
  readonly way: 'outside' | 'send' | 'ask' | 'delay'
  readonly step: Step | undefined
}

export const addressOf = ({ typename, id }: Place): string => `${typename}/${id}`

/** Messages that one command sends when it is executed, in order. */
export const childrenOf = (command: Command): readonly Sent[] =>
  command.steps.flatMap((step): Sent[] => {
    if (step.do !== 'send' && step.do !== 'ask' && step.do !== 'delay') return []
    return [{ command: step.command, to: step.to, by: command.id, way: step.do, step }]
  })

/** Every command of a tree. */
export const treeOf = (root: Sent): readonly Sent[] => [root, ...childrenOf(root.command).flatMap(treeOf)]

/** It fails whatever happens. */
export const isDoomed = (command: Command): boolean => command.terminal === true || (command.fails ?? 0) >= attemptsMax
