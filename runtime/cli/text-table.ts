/** Rows under a head, in columns. */
export const textTable = (head: readonly string[], rows: readonly (readonly unknown[])[]): string => {
  const table = [head, ...rows.map((row) => row.map((cell) => String(cell ?? '')))]
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

/** Of a text from elsewhere, so much as a table has room for. */
export const oneLine = (value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').slice(0, 120) : value
