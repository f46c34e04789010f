import { parseArgs, type ParseArgsConfig } from 'node:util'
import { MillraceError, messageOf } from '../model/errors.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/** Reads a command's arguments; `usage` is shown where they are wrong. */
export const readArguments = <const O extends Options>(
  args: readonly string[],
  usage: string,
  options: O,
  positionals: { readonly min: number; readonly max: number } = { min: 0, max: 0 },
) => {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
    const { length } = parsed.positionals
    if (length < positionals.min) throw new Error('an argument is missing')
    if (length > positionals.max) throw new Error(`'${parsed.positionals[positionals.max]}' is one argument too many`)
    return parsed
  } catch (error) {
    throw new MillraceError('SETTING_INVALID', `${messageOf(error)}\n\nusage: millrace ${usage}`)
  }
}
