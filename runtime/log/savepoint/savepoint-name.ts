import { MillraceError } from '../../model/errors.ts'

/** Letters, digits, dots, _ and -; not a dot first, so that no name leads out of its folder. */
const isName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** Answers the name. Throws SETTING_INVALID for what is none. */
export const savepointName = (name: string): string => {
  if (isName.test(name)) return name
  const shown = JSON.stringify(name.slice(0, 120))
  const message = `${shown} is no name of a savepoint: 1 to 100 letters, digits, dots, _ and -, and no dot first`
  throw new MillraceError('SETTING_INVALID', message)
}
