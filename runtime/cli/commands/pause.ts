import { MillraceError } from '../../model/errors.ts'
import { addressPath } from '../address-path.ts'
import { readArguments } from '../arguments.ts'
import { askCoordinator, coordinatorOptions, coordinatorUsage } from '../ask-coordinator.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'

/** A function or an address, as a path. */
const targetPath = (target: string): string => {
  const parts = target.split('/')
  if (parts.length > 2) return addressPath(target)
  if (parts.length === 2 && parts.every((part) => part !== '')) return parts.map(encodeURIComponent).join('/')
  throw new MillraceError('VALUE_INVALID', `'${target}' is neither a function, as bank/account, nor an address of one`)
}

const pauseCommand = (kind: 'pause' | 'resume', about: string): Command => {
  const usage = `${kind} <namespace>/<name>[/<id>] ${coordinatorUsage}`
  return {
    usage,
    about,
    run: async (args, env) => {
      const { values, positionals } = readArguments(args, usage, coordinatorOptions, { min: 1, max: 1 })
      const [target = ''] = positionals
      await askCoordinator(values, env, { method: 'POST', path: `admin/${kind}/${targetPath(target)}` })
      console.log(`${target} is ${kind}d`)
      return exitCode.ok
    },
  }
}

/** `millrace pause`: durable, until it is resumed. */
export const pause = pauseCommand(
  'pause',
  'Keeps a function or one address from being invoked. Calls in flight end; messages wait, also over restarts.',
)

/** `millrace resume`: the opposite. */
export const resume = pauseCommand('resume', 'Lets a paused function or address go on with what waits, in order.')
