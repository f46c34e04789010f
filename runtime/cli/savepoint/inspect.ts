import { checkedFile, rowsOf } from '../../log/savepoint/saved-file.ts'
import { Sources } from '../../log/savepoint/origin-fields.ts'
import { readPosition } from '../../log/savepoint/position-rows.ts'
import type { SavepointDescription } from '../../log/savepoint/description.ts'
import type { SavepointFolder } from '../../log/savepoint/savepoint-folder.ts'
import { parquetFiles } from '../../platform/parquet.ts'
import type { Position } from '../../shard/positions.ts'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { textTable } from '../text-table.ts'
import { formatBytes, formatTime, savepointLine } from './format-savepoint.ts'
import { applicationOptions, applicationUsage, SavepointSession } from './savepoint-session.ts'

export const inspect: Command = {
  usage: `savepoint inspect <savepoint> [--json] ${applicationUsage}`,
  about: 'Shows what a savepoint holds, after checking every file of it.',
  run: async (args, env) => {
    const options = { ...applicationOptions, json: { type: 'boolean', default: false } } as const
    const { values, positionals } = readArguments(args, inspect.usage, options, { min: 1, max: 1 })
    const { description, positions } = await SavepointSession.during(values, env, async (session) => {
      const folder = await session.folder(positionals[0] ?? '')
      const description = await folder.described()
      for (const file of description.files) await checkedFile(folder, file)
      return { description, positions: await positionsOf(folder, description) }
    })
    if (values.json) {
      const shown = positions.map(({ source, offset }) => ({ ...source, offset }))
      console.log(JSON.stringify({ ...description, positions: shown }, undefined, 2))
    } else process.stdout.write(text(description, positions))
    return exitCode.ok
  },
}

const positionsOf = async (
  folder: SavepointFolder,
  description: SavepointDescription,
): Promise<readonly Position[]> => {
  const sources = new Sources()
  const positions: Position[] = []
  for (const file of description.files.filter(({ kind }) => kind === 'positions'))
    for await (const rows of rowsOf(folder, file, parquetFiles))
      positions.push(...rows.map((row) => readPosition(row, sources)))
  return positions
}

const text = (description: SavepointDescription, positions: readonly Position[]): string => {
  const { functions, files, createdMs, maxParallelism, format } = description
  return [
    `${savepointLine(description)}\n`,
    `written ${formatTime(createdMs)}, format ${format}, maxParallelism ${maxParallelism}; every file matches its checksum\n\n`,
    textTable(
      ['function', 'addresses', 'cells', 'bytes', 'messages', 'timers', 'states'],
      functions.map(({ typename, addresses, cells, bytes, messages, timers, states }) => [
        typename,
        addresses,
        cells,
        formatBytes(bytes),
        messages,
        timers,
        states
          .map(
            ({ name, kind, typename: of, keyTypename }) =>
              `${name} (${kind} of ${keyTypename ? `${keyTypename} to ` : ''}${of})`,
          )
          .join(', '),
      ]),
    ),
    '\n',
    textTable(
      ['ingress', 'topic', 'partition', 'reads on at'],
      positions.map(({ source, offset }) => [source.ingress, source.topic, source.partition, offset]),
    ),
    '\n',
    textTable(
      ['file', 'rows', 'size'],
      files.map(({ name, rows, bytes }) => [name, rows, formatBytes(bytes)]),
    ),
  ].join('')
}
