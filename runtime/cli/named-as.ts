import type { ApplicationDefinition } from '../config/definition.ts'
import { nameKind } from '../config/names.ts'
import { CommandError, exitCode } from './exit-code.ts'

/** The application under another name than its file gives it: a fork runs from the same file. */
export const namedAs = (definition: ApplicationDefinition, name: string | undefined): ApplicationDefinition => {
  if (name === undefined) return definition
  if (nameKind.fromText(name) !== undefined) return { ...definition, name }
  throw new CommandError(`--as ${name}: allowed is ${nameKind.allowed}`, exitCode.usage)
}
