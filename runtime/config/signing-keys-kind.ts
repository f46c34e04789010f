import { utf8Decode } from '../model/bytes.ts'
import type { SigningKey } from '../protocol/signature.ts'
import { parseSigningKeys } from '../protocol/signing-keys.ts'
import type { SettingKind } from './setting-kinds.ts'

const read = (value: unknown): readonly SigningKey[] | undefined => {
  if (typeof value !== 'string') return undefined
  try {
    return parseSigningKeys(value, 'signing.keys')
  } catch {
    return undefined
  }
}

/** Keys that coordinator and handlers share, written as both read them from their environment. */
export const signingKeys: SettingKind<readonly SigningKey[]> = {
  allowed: '<id>:<secret of 16 bytes or more>, or two of them with a comma between while one replaces the other',
  fromValue: read,
  fromText: read,
  format: (keys) => keys.map(({ id, secret }) => `${id}:${utf8Decode(secret)}`).join(','),
}
