import { exceedsBytes } from '../model/bytes.ts'
import { MillraceError } from '../model/errors.ts'
import type { Limits } from '../model/limits.ts'
import type { RoutedMessage } from '../model/topology.ts'

/**
 * Holds what a route made to the limits in force. The codes are those that a route may throw, so that the record goes
 * to the dead letters and the coordinator goes on.
 */
export const checkMessage = (message: RoutedMessage, limits: Limits, what: string): RoutedMessage => {
  const { id, payload } = message
  const { idBytesMax, valueBytesMax } = limits
  if (exceedsBytes(id, idBytesMax))
    throw new MillraceError('ROUTE_INVALID', `${what}: an id has more than ${idBytesMax} bytes (limits.idBytesMax)`)
  if (payload !== undefined && payload.length > valueBytesMax) {
    const size = `${payload.length} bytes; allowed are ${valueBytesMax} (limits.valueBytesMax)`
    throw new MillraceError('VALUE_INVALID', `${what}: a value of ${size}`)
  }
  return message
}
