import { MillraceError } from '../../model/errors.ts'
import type { Command } from '../command.ts'
import { compare } from '../savepoint/compare.ts'
import { create } from '../savepoint/create.ts'
import { remove } from '../savepoint/delete.ts'
import { inspect } from '../savepoint/inspect.ts'
import { list } from '../savepoint/list.ts'
import { restore } from '../savepoint/restore.ts'

const actions = new Map(
  [create, list, inspect, restore, compare, remove].map((action) => [action.usage.split(' ')[1] ?? '', action]),
)

/** `millrace savepoint`: copies of all state, to keep, to move and to fork. */
export const savepoint: Command = {
  usage: `savepoint ${[...actions.keys()].join('|')} …`,
  about:
    'Copies of all state in Parquet files: to keep, to move to another cluster or bucket, to go back to, to run a fork ' +
    'from. `millrace savepoint` alone shows how each is written.',
  run: async ([name, ...rest], env) => {
    const action = actions.get(name ?? '')
    if (action) return action.run(rest, env)
    const lines = [...actions.values()].map(({ usage, about }) => `  millrace ${usage}\n      ${about}`)
    throw new MillraceError('SETTING_INVALID', `usage:\n${lines.join('\n')}`)
  },
}
