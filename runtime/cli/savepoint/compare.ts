import { compareSavepoints, type Compared, type StateComparison } from '../../log/savepoint/compare.ts'
import { parquetFiles } from '../../platform/parquet.ts'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { textTable } from '../text-table.ts'
import { applicationOptions, applicationUsage, SavepointSession } from './savepoint-session.ts'

export const compare: Command = {
  usage: `savepoint compare <savepoint> <savepoint> [--json] ${applicationUsage}`,
  about: 'Tells in which states of which addresses two savepoints differ; exits with 1 where they do.',
  run: async (args, env) => {
    const options = { ...applicationOptions, json: { type: 'boolean', default: false } } as const
    const { values, positionals } = readArguments(args, compare.usage, options, { min: 2, max: 2 })
    const result = await SavepointSession.during(values, env, async (session) => {
      const open = async (savepoint: string): Promise<Compared> => {
        const folder = await session.folder(savepoint)
        return { folder, description: await folder.described() }
      }
      const [first = '', second = ''] = positionals
      return compareSavepoints(await open(first), await open(second), parquetFiles)
    })
    if (values.json) console.log(JSON.stringify(result, undefined, 2))
    else process.stdout.write(text(result))
    return result.every(isEqual) ? exitCode.ok : exitCode.failed
  },
}

const isEqual = ({ onlyInFirst, onlyInSecond, different }: StateComparison): boolean =>
  onlyInFirst + onlyInSecond + different === 0

const text = (result: readonly StateComparison[]): string => {
  const rows = result.map((each) => [
    `${each.typename}.${each.state}`,
    each.equal,
    each.different,
    each.onlyInFirst,
    each.onlyInSecond,
  ])
  const examples = result.flatMap(({ typename, state, examples: { different, onlyInFirst, onlyInSecond } }) =>
    (
      [
        ['different', different],
        ['only in the first', onlyInFirst],
        ['only in the second', onlyInSecond],
      ] as const
    ).flatMap(([how, ids]) => (ids.length === 0 ? [] : `${typename}.${state}, ${how}: ${ids.join(', ')}\n`)),
  )
  return [
    textTable(['state', 'equal', 'different', 'only in the first', 'only in the second'], rows),
    ...examples,
  ].join('')
}
