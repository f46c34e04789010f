export interface Random {
  /** From 0 up to, and without, 1. */
  next(): number
  bytes(length: number): Uint8Array
}

/** A random id of 128 bits as 32 hexadecimal digits. */
export const randomId = (random: Random): string =>
  Array.from(random.bytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('')
