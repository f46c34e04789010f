import type { Shard } from '../shard/shard.ts'

/** An address that waits behind a message that failed. */
export interface ParkedAddress {
  /** As `bank/account/bob`. */
  readonly address: string
  /** As `HANDLER_FAILED`. */
  readonly code: string
  readonly error: string
  /** Messages that wait, the failed one included. */
  readonly messages: number
}

/** In the order in which they were parked. */
export const parkedAddresses = (shard: Shard | undefined): readonly ParkedAddress[] =>
  [...(shard?.stopped ?? [])].flatMap(({ table, id, stop, lane }) => {
    if (!stop?.parked) return []
    const { code, message: error } = stop.parked
    return [{ address: `${table.typename}/${id}`, code, error, messages: lane?.messages.length ?? 0 }]
  })
