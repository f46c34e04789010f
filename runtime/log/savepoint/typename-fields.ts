import type { Column, Row } from '../../ports/row-files.ts'
import type { RowReader } from './row-reader.ts'

/** The columns of a function's typename; `prefix` tells several of one row apart. */
export const typenameColumns = (prefix = ''): readonly Column[] => [
  { name: `${prefix}namespace`, type: 'text' },
  { name: `${prefix}name`, type: 'text' },
]

/** A typename without a namespace has none. */
export const typenameFields = (typename: string, prefix = ''): Row => {
  const slash = typename.lastIndexOf('/')
  return {
    [`${prefix}namespace`]: slash < 0 ? null : typename.slice(0, slash),
    [`${prefix}name`]: typename.slice(slash + 1),
  }
}

export const readTypename = (row: RowReader, prefix = ''): string => {
  const namespace = row.maybeText(`${prefix}namespace`)
  const name = row.text(`${prefix}name`)
  return namespace === undefined ? name : `${namespace}/${name}`
}
