const brand = Symbol.for('millrace.terminal-error')

/**
 * Thrown by a handler: this message can never succeed. Nothing is tried again; the message goes to the dead letters, or
 * whoever asked gets the error. A client's `call` throws it.
 * @example throw new TerminalError('no such account', { code: 'ACCOUNT_UNKNOWN' })
 */
export class TerminalError extends Error {
  /** For programs; `TERMINAL` unless given. */
  readonly code: string
  readonly [brand] = true

  constructor(message: string, options: { code?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'TerminalError'
    this.code = options.code ?? 'TERMINAL'
  }
}

/** By brand: `instanceof` fails where two bundles both carry the class. */
export const isTerminalError = (error: unknown): error is TerminalError =>
  typeof error === 'object' && error !== null && brand in error
