import type { Headers } from '../model/record.ts'
import type { Message, MessageType } from '../sdk/message.ts'

/** A record as a route's function sees it. */
export interface RouteInput<V> {
  /** As an id: the key itself where it is UTF-8, else `bytes:` and hexadecimal digits. */
  readonly key: string | null
  readonly value: V
  readonly headers: Headers
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: Date
}

/** One message, several, or none. */
export type RouteOutput = Message<unknown> | readonly Message<unknown>[] | null

/** Which actors a record's value goes to, as it is: the one named by its key, or those at a path in its JSON. */
export interface RouteTarget {
  readonly by: 'key' | `$${string}`
  /** A message of a contract. */
  readonly to: MessageType<unknown, unknown>
}

/** A route: made by `route`. Methods and not functions, so that one of a narrower value stands among others. */
export interface RouteDefinition<N extends string, V> {
  readonly kind: 'route'
  readonly ingress: N
  readonly rule: RouteTarget | { messagesOf(input: RouteInput<V>): RouteOutput }
}

export type RouteFunction<V> = (input: RouteInput<V>) => RouteOutput

/**
 * Sends the records of an ingress to actors. The function must be pure and quick: it runs again after a crash, and the
 * messages it makes must be the same. The `route` handed to `routes: (route) => […]` knows the ingress's values; with
 * this one the function names their type itself.
 * @example route('transfers', { by: 'key', to: account.messages.deposit })
 * @example route('transfers', ({ value }: RouteInput<Transfer>) => account.at(value.to).deposit(value.amount))
 */
export function route<const N extends string>(ingress: N, target: RouteTarget): RouteDefinition<N, unknown>
export function route<const N extends string, V = unknown>(
  ingress: N,
  messagesOf: RouteFunction<V>,
): RouteDefinition<N, V>
export function route<V>(ingress: string, rule: RouteTarget | RouteFunction<V>): RouteDefinition<string, V> {
  return { kind: 'route', ingress, rule: typeof rule === 'function' ? { messagesOf: rule } : rule }
}
