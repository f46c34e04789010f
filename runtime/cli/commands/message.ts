import { addressPath } from '../address-path.ts'
import { readArguments } from '../arguments.ts'
import { askCoordinator, coordinatorOptions, coordinatorUsage, fieldOf } from '../ask-coordinator.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'

const messageCommand = (kind: 'send' | 'call', about: string): Command => {
  const usage = `${kind} <namespace>/<name>/<id> <message> [json] [--idempotency-key k] ${coordinatorUsage}`
  return {
    usage,
    about,
    run: async (args, env) => {
      const options = { ...coordinatorOptions, 'idempotency-key': { type: 'string' } } as const
      const { values, positionals } = readArguments(args, usage, options, { min: 2, max: 3 })
      const [address = '', message = '', body] = positionals
      const key = values['idempotency-key']
      const answer = await askCoordinator(values, env, {
        method: 'POST',
        path: `${kind}/${addressPath(address)}/${encodeURIComponent(message)}`,
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        body,
      })
      console.log(kind === 'send' ? String(fieldOf(answer, 'messageId')) : JSON.stringify(answer, undefined, 2))
      return exitCode.ok
    },
  }
}

/** `millrace send`: a message from outside, durable when this ends. */
export const send = messageCommand('send', 'Sends a message to an actor; prints its id once it is durably accepted.')

/** `millrace call`: the same, and waits for the reply. */
export const call = messageCommand(
  'call',
  'Sends a message to an actor and prints the reply once its effects are durable.',
)
