import { decodeOutcome, encodeOutcome } from '../protocol/outcome.ts'
import { typeOf } from './schema-type.ts'
import type { Of, ReadsWhatItWrites, Type, Typed } from './type.ts'

/** What became of a request that an actor sent: the reply, or the terminal error of the one asked. */
export type Outcome<R> =
  | { readonly ok: true; readonly value: R }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } }

/**
 * The type of messages that carry the outcome of a request whose reply is of `type`.
 * @example actor('fraud/card', { state: {}, messages: { settled: outcome(Receipt) } })
 */
export const outcome = <S extends Typed>(type: S & ReadsWhatItWrites<S>): Type<Outcome<Of<S>>> => {
  // The type's own Of<S> is what typeOf's unknown stands for.
  const reply = typeOf(type, outcomeTypename) as Type<Of<S>>
  return {
    typename: outcomeTypename,
    encode(value) {
      if (!value.ok) return encodeOutcome(value)
      const none = value.value === undefined && reply.decodeNothing !== undefined
      return encodeOutcome({ ok: true, value: none ? undefined : reply.encode(value.value) })
    },
    decode(bytes) {
      const read = decodeOutcome(bytes)
      if (!read.ok) return read
      if (read.value !== undefined) return { ok: true, value: reply.decode(read.value) }
      if (reply.decodeNothing === undefined) throw new TypeError('the reply has no payload')
      return { ok: true, value: reply.decodeNothing() }
    },
  }
}

const outcomeTypename = 'io.millrace.types/outcome'
