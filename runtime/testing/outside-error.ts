import type { Refusal, RequestAnswer } from '../coordinator/requests.ts'
import { type ErrorCode, MillraceError } from '../model/errors.ts'
import { TerminalError } from '../sdk/terminal-error.ts'

const codes: Readonly<Record<Refusal, ErrorCode>> = {
  unknown: 'FUNCTION_UNKNOWN',
  busy: 'LIMIT_EXCEEDED',
  unavailable: 'STORE_UNAVAILABLE',
  'key-reused': 'VALUE_INVALID',
  'keys-full': 'LIMIT_EXCEEDED',
  'too-large': 'LIMIT_EXCEEDED',
}

/** The reply's payload, or the error that the client throws. */
export const payloadOf = (answer: RequestAnswer, what: string): Uint8Array | undefined => {
  if (answer.kind === 'accepted') return undefined
  if (answer.kind === 'refused') throw new MillraceError(codes[answer.why], `${what}: ${answer.message}`)
  const { reply } = answer
  if (!reply.ok) throw new TerminalError(reply.message, { code: reply.code })
  return reply.payload
}
