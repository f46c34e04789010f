import type { Environment } from '../config/resolve-settings.ts'

export interface Command {
  /** As it is typed after `millrace`. */
  readonly usage: string
  readonly about: string
  /** Answers the exit code. What is thrown is printed, and ends the process by its kind. */
  readonly run: (args: readonly string[], env: Environment) => Promise<number>
}
