import type { SavepointDescription } from '../../log/savepoint/description.ts'

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** As `1.5 MiB`. */
export const formatBytes = (bytes: number): string => {
  let [value, unit] = [bytes, 0]
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1]
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

export const formatTime = (ms: number): string => new Date(ms).toISOString()

/** One line that says what a savepoint is of. */
export const savepointLine = (savepoint: SavepointDescription): string => {
  const { name, application, commit, clockMs, functions, files } = savepoint
  const sum = (of: (each: (typeof functions)[number]) => number): number =>
    functions.reduce((all, each) => all + of(each), 0)
  const bytes = files.reduce((all, file) => all + file.bytes, 0)
  const addresses = sum((each) => each.addresses)
  const cells = sum((each) => each.cells)
  const messages = sum((each) => each.messages)
  return (
    `savepoint ${name} of ${application} at commit ${commit.log}/${commit.number} (${formatTime(clockMs)}): ` +
    `${addresses} addresses, ${cells} cells, ${messages} messages waiting, ${formatBytes(bytes)} in ${files.length} files`
  )
}
