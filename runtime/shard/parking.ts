/** Why an address is parked: its first message has failed for good, and nothing behind it is processed until someone says so. */
export interface Parking {
  readonly code: string
  readonly message: string
  readonly sinceMs: number
}

/** What keeps an address from being invoked; at least one of the two is set. */
export interface Stop {
  readonly parked: Parking | undefined
  /** Since when an operator wants it so. */
  readonly pausedSinceMs: number | undefined
}

export const stopOf = (parked: Parking | undefined, pausedSinceMs: number | undefined): Stop | undefined =>
  parked === undefined && pausedSinceMs === undefined ? undefined : { parked, pausedSinceMs }
