import { randomId } from '../../ports/random.ts'
import { systemRandom } from '../../platform/system-random.ts'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'

/** A key of 256 bits, as MILLRACE_SIGNING_KEYS takes it. */
export const newSigningKey = (): string =>
  `${randomId(systemRandom).slice(0, 8)}:${randomId(systemRandom)}${randomId(systemRandom)}`

/** `millrace keys`: a new signing key. */
export const keys: Command = {
  usage: 'keys',
  about: 'Prints a new signing key, for MILLRACE_SIGNING_KEYS of the coordinator and of the functions.',
  run: (args) => {
    readArguments(args, keys.usage, {})
    console.log(newSigningKey())
    return Promise.resolve(exitCode.ok)
  },
}
