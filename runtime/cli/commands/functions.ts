import { readArguments } from '../arguments.ts'
import { askCoordinator, coordinatorOptions, coordinatorUsage, fieldOf, listOf } from '../ask-coordinator.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { textTable } from '../text-table.ts'

const namesOf = (spec: unknown, list: string): string =>
  listOf(spec, list)
    .map((each) => String(fieldOf(each, 'name')))
    .join(', ')

/** `millrace functions`: what is bound, and who serves it. */
export const functions: Command = {
  usage: `functions ${coordinatorUsage}`,
  about: 'Lists the functions: who serves them, whether they answer, what they understand and keep.',
  run: async (args, env) => {
    const { values } = readArguments(args, functions.usage, coordinatorOptions)
    const answer = await askCoordinator(values, env, { method: 'GET', path: 'admin/functions' })
    const rows = listOf(answer, 'functions').map((spec) => {
      const endpoint = fieldOf(spec, 'endpoint')
      const problem =
        fieldOf(spec, 'held') ?? (fieldOf(endpoint, 'state') === 'healthy' ? '' : fieldOf(endpoint, 'lastError'))
      const where = [fieldOf(spec, 'typename'), fieldOf(endpoint, 'url'), fieldOf(endpoint, 'state')]
      return [...where, namesOf(spec, 'messages'), namesOf(spec, 'states'), problem]
    })
    process.stdout.write(textTable(['function', 'endpoint', 'is', 'messages', 'states', ''], rows))
    return exitCode.ok
  },
}
