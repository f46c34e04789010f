import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { newSigningKey } from '../new-signing-key.ts'

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
