import { type ErrorCode, errorCodes, MillraceError } from '../model/errors.ts'
import { TerminalError } from '../sdk/terminal-error.ts'

const byStatus: ReadonlyMap<number, ErrorCode> = new Map([
  [400, 'VALUE_INVALID'],
  [401, 'UNAUTHORIZED'],
  [403, 'UNAUTHORIZED'],
  [404, 'FUNCTION_UNKNOWN'],
  [413, 'LIMIT_EXCEEDED'],
  [429, 'LIMIT_EXCEEDED'],
  [503, 'ENDPOINT_UNAVAILABLE'],
  [504, 'ENDPOINT_UNAVAILABLE'],
])

const detailCharactersMax = 2_000

/** The error that an answer stands for. `what` names the message, as `bank/account.deposit of 'bob'`. */
export const answerError = async (response: Response, what: string): Promise<Error> => {
  const { code, message } = detail(await response.text().catch(() => ''))
  if (response.status === 422) return new TerminalError(message || 'refused', code === undefined ? {} : { code })
  const known = code !== undefined && isErrorCode(code) ? code : byStatus.get(response.status)
  if (response.status === 504)
    return new MillraceError(
      known ?? 'ENDPOINT_UNAVAILABLE',
      `${what}: no reply in time; the call goes on, ask again with the same idempotency key`,
    )
  return new MillraceError(
    known ?? 'ENDPOINT_PROTOCOL',
    `${what}: answered ${response.status}${message && `, ${message}`}`,
  )
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code)

/** What `{"code": …, "message": …}` says, or the text itself where it is something else. */
const detail = (text: string): { code: string | undefined; message: string } => {
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string') {
      const code = 'code' in json && typeof json.code === 'string' ? json.code : undefined
      return { code, message: json.message.slice(0, detailCharactersMax) }
    }
  } catch {
    // some proxy's page
  }
  return { code: undefined, message: text.slice(0, 200) }
}
