import type { Column, Row } from '../../ports/row-files.ts'
import type { KeyedRequest, RequestReply } from '../../shard/requests.ts'
import type { Shard } from '../../shard/shard.ts'
import type { FunctionNames } from './function-names.ts'
import { RowReader } from './row-reader.ts'

/** One row for each idempotency key that is remembered, in the order in which they came. */
export const requestColumns: readonly Column[] = [
  { name: 'scope', type: 'text' },
  { name: 'fingerprint', type: 'text' },
  { name: 'expires_at', type: 'time' },
  { name: 'answered', type: 'text' },
  { name: 'reply', type: 'bytes' },
  { name: 'error_code', type: 'text' },
  { name: 'error_message', type: 'text' },
]

export const requestRow = ({ scope, fingerprint, expiresAtMs, reply }: KeyedRequest): Row => ({
  scope,
  fingerprint,
  expires_at: expiresAtMs,
  answered: reply ? (reply.ok ? 'ok' : 'error') : null,
  reply: reply?.ok ? (reply.payload ?? null) : null,
  ...(reply && !reply.ok && { error_code: reply.code, error_message: reply.message }),
})

/** Remembers a key again; false where the function that it was for is dropped. */
export const loadRequest = (given: Row, shard: Shard, names: FunctionNames): boolean => {
  const row = new RowReader(given)
  const scope = row.text('scope')
  if (names.isScopeDropped(scope)) return false
  const renamed = names.scope(scope)
  const expiresAtMs = row.whole('expires_at')
  shard.beginRequest({ scope: renamed, fingerprint: row.text('fingerprint'), expiresAtMs, reply: undefined })
  const reply = readReply(row)
  if (reply) shard.settleRequest(renamed, reply)
  return true
}

const readReply = (row: RowReader): RequestReply | undefined => {
  const answered = row.maybeText('answered')
  if (answered === undefined) return undefined
  if (answered === 'ok') return { ok: true, payload: row.maybeBytes('reply') ?? undefined }
  return { ok: false, code: row.text('error_code'), message: row.text('error_message') }
}
