import { MillraceError } from '../../model/errors.ts'
import { noHeaders, type Headers } from '../../model/record.ts'

/** Headers as a text that SQL can take apart: `[["name", "<base64>" or null], …]`. None are null. */
export const headersText = (headers: Headers): string | null =>
  headers.length === 0
    ? null
    : JSON.stringify(headers.map(([name, value]) => [name, value && Buffer.from(value).toString('base64')]))

export const readHeaders = (text: string | undefined): Headers => {
  if (text === undefined) return noHeaders
  const json: unknown = parsed(text)
  if (!Array.isArray(json)) throw unreadable()
  return json.map((pair: unknown) => {
    const [name, value] = Array.isArray(pair) ? pair : []
    if (typeof name !== 'string' || (value !== null && typeof value !== 'string')) throw unreadable()
    return [name, value === null ? null : new Uint8Array(Buffer.from(value, 'base64'))] as const
  })
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw unreadable()
  }
}

const unreadable = (): MillraceError => new MillraceError('STORE_CORRUPT', 'column headers holds no list of headers')
