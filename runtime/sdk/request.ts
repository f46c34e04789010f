import type { Of, ReadsWhatItWrites, Typed } from './type.ts'

/** A message that is owed a reply. */
export interface Request<M, R> {
  readonly kind: 'request'
  readonly message: Typed
  readonly reply: Typed
  readonly types?: [M, R]
}

/** The messages of an actor by name: a type, or a `request`. */
export type MessageDeclarations = Record<string, Typed | Request<unknown, unknown>>

/** What a message's handler is given. */
export type PayloadOf<M> = M extends Request<infer I, unknown> ? I : Of<M>
/** What a message's handler owes. */
export type ReplyOf<M> = M extends Request<unknown, infer R> ? R : void

/**
 * A message whose handler owes a reply.
 * @example request(int, z.object({ ok: z.boolean(), left: z.number() }))
 */
export const request = <M extends Typed, R extends Typed>(
  message: M & ReadsWhatItWrites<M>,
  reply: R & ReadsWhatItWrites<R>,
): Request<Of<M>, Of<R>> => ({
  kind: 'request',
  message,
  reply,
})

export const isRequest = (declared: Typed | Request<unknown, unknown>): declared is Request<unknown, unknown> =>
  !('~standard' in declared) && 'kind' in declared && declared.kind === 'request'
