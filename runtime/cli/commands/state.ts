import { addressPath } from '../address-path.ts'
import { readArguments } from '../arguments.ts'
import { askCoordinator, coordinatorOptions, coordinatorUsage } from '../ask-coordinator.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { stateCheck } from './state-check.ts'

/** `millrace state`: what an actor keeps. */
export const state: Command = {
  usage: `state <namespace>/<name>/<id> ${coordinatorUsage}`,
  about: "Prints an actor's committed state and what waits for it, as JSON.",
  run: async (args, env) => {
    if (args[0] === 'check') return stateCheck.run(args.slice(1), env)
    const { values, positionals } = readArguments(args, state.usage, coordinatorOptions, { min: 1, max: 1 })
    const path = `admin/state/${addressPath(positionals[0] ?? '')}`
    console.log(JSON.stringify(await askCoordinator(values, env, { method: 'GET', path }), undefined, 2))
    return exitCode.ok
  },
}
