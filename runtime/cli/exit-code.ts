import { errorCodes, isMillraceError, messageOf } from '../model/errors.ts'

/** How the process says how it ended: docs/reference/exit-codes.md. A supervisor must not restart after `fenced`. */
export const exitCode = { ok: 0, failed: 1, usage: 2, fenced: 3 } as const

/** A command that did not do what it was asked; its message is all that there is to tell. */
export class CommandError extends Error {
  readonly exitCode: number

  constructor(message: string, code: number) {
    super(message)
    this.exitCode = code
  }
}

/** What a command that throws ends with: 2 where the user's settings or code are to be mended. */
export const exitCodeOf = (error: unknown): number => {
  if (error instanceof CommandError) return error.exitCode
  if (!isMillraceError(error)) return exitCode.failed
  if (error.code === 'FENCED') return exitCode.fenced
  return errorCodes[error.code] === 'user' ? exitCode.usage : exitCode.failed
}

/** What is told of an error: those that say what to do need no stack, of all others it is told. */
export const errorText = (error: unknown): string => {
  if (error instanceof CommandError) return error.message
  if (isMillraceError(error)) return `${error.code}: ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error)
}
