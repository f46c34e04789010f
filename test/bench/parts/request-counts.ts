/** What a coordinator has asked of others since it started. */
export interface RequestCounts {
  readonly store: Readonly<Record<StoreRequest, number>>
  /** By API. */
  readonly kafka: Readonly<Record<string, number>>
  readonly functions: FunctionCounts
}

/** Kinds that stores charge apart; deletes are free. */
export type StoreRequest = 'reads' | 'writes' | 'lists' | 'deletes'

export interface FunctionCounts {
  readonly requests: number
  /** From the first byte sent to the last one received, of all requests together. */
  readonly durationMs: number
  readonly requestBytes: number
  readonly answerBytes: number
  /** Calls whose handler lacked something, and which were made once more with it. */
  readonly incomplete: number
}

/** What was asked between two counts. */
export const requestsBetween = (before: RequestCounts, after: RequestCounts): RequestCounts => {
  const ofStore = (kind: StoreRequest): number => after.store[kind] - before.store[kind]
  const ofFunctions = (what: keyof FunctionCounts): number => after.functions[what] - before.functions[what]
  return {
    store: {
      reads: ofStore('reads'),
      writes: ofStore('writes'),
      lists: ofStore('lists'),
      deletes: ofStore('deletes'),
    },
    kafka: Object.fromEntries(
      Object.entries(after.kafka).map(([api, count]) => [api, count - (before.kafka[api] ?? 0)]),
    ),
    functions: {
      requests: ofFunctions('requests'),
      durationMs: ofFunctions('durationMs'),
      requestBytes: ofFunctions('requestBytes'),
      answerBytes: ofFunctions('answerBytes'),
      incomplete: ofFunctions('incomplete'),
    },
  }
}
