import { MillraceError } from '../model/errors.ts'

export const corruptJournal = (what: string): MillraceError =>
  new MillraceError('STORE_CORRUPT', `a journal holds ${what}`)
