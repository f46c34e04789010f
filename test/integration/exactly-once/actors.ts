import { actor, egress, int, json, map, value } from 'millrace'

/** An event: number `n`, from 1, of its key. */
export interface FlowEvent {
  readonly n: number
  readonly amount: number
}

const Event = json<FlowEvent>('flow/event')
export const remindEvery = 10
export const totalsCount = 8
export const totalEvery = 100

export const out = egress('out', json<{ key: string; n: number; count: number; sum: number }>('flow/out'))
export const totalsOut = egress('totals', json<{ id: string; count: number; sum: number }>('flow/total'))
export const reminders = egress('reminders', json<{ key: string; n: number }>('flow/reminder'))
/** Gets a record when an event comes out of its order: none ever should. */
export const disorder = egress('disorder', json<{ key: string; n: number; last: number }>('flow/disorder'))

export const ledger = actor('flow/ledger', {
  state: {
    count: value(int, { initial: 0 }),
    sum: value(int, { initial: 0 }),
    last: value(int, { initial: 0 }),
    reminded: value(int, { initial: 0 }),
  },
  messages: { event: Event, remind: int },
  failure: { attempts: 12, firstDelay: 20, maxDelay: 200 },
})

/** `sums` has the sum once more, in parts, and is so large that it goes to the handler in part. */
export const totals = actor('flow/totals', {
  state: { count: value(int, { initial: 0 }), sum: value(int, { initial: 0 }), sums: map(int, int) },
  messages: { add: int },
  failure: { attempts: 12, firstDelay: 20, maxDelay: 200 },
})

/** Takes notes that come over HTTP, and puts each out with its number. */
export const desk = actor('flow/desk', {
  state: { count: value(int, { initial: 0 }) },
  messages: { note: json<{ id: string }>('flow/note') },
  failure: { attempts: 12, firstDelay: 20, maxDelay: 200 },
})

export const notes = egress('notes', json<{ id: string; count: number }>('flow/noted'))

/** Which of the totals a key adds to. */
export const totalOf = (key: string): string => `total-${Number(key.slice(1)) % totalsCount}`
/** Into how many parts a total's sum is cut. */
export const sumParts = 50
