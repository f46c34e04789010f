import { MillraceError } from '../model/errors.ts'

/** `bank/account/bob` as a path; the id may have slashes in it. */
export const addressPath = (address: string): string => {
  const [namespace = '', name = '', ...id] = address.split('/')
  if (namespace !== '' && name !== '' && id.length > 0)
    return [namespace, name, id.join('/')].map(encodeURIComponent).join('/')
  throw new MillraceError('VALUE_INVALID', `'${address}' is no address: write namespace/name/id, as bank/account/bob`)
}
