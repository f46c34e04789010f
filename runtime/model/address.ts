/** The name of an actor type, `namespace/name`. */
export type Typename = `${string}/${string}`

/** One actor: its type and its id. Messages, state and timers belong to an address. */
export interface Address {
  readonly namespace: string
  readonly name: string
  readonly id: string
}

/** `bank/account` of an address. */
export const typenameOf = (address: Address): Typename => `${address.namespace}/${address.name}`

/**
 * The address of `id` within the actor type `typename`.
 * @example addressOf('bank/account', 'bob') // { namespace: 'bank', name: 'account', id: 'bob' }
 */
export const addressOf = (typename: string, id: string): Address => {
  const slash = typename.indexOf('/')
  return { namespace: typename.slice(0, slash), name: typename.slice(slash + 1), id }
}

/** How people read an address: `bank/account/bob`. */
export const formatAddress = (address: Address): string => `${address.namespace}/${address.name}/${address.id}`

const typenamePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]*\/[A-Za-z0-9_][A-Za-z0-9_.-]*$/

/** True for `namespace/name` of letters, digits, `_`, `.` and `-`. */
export const isTypename = (text: string): text is Typename => typenamePattern.test(text)
