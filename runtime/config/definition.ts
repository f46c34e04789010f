import type { RoutedMessage, StartPosition } from '../model/topology.ts'
import type { SigningKey } from '../protocol/signature.ts'
import type { GivenSettings } from './given-settings.ts'
import type { JsonPath } from './json-path.ts'
import type { RouteInput } from './route.ts'
import type { Implementation } from '../sdk/actor.ts'
import type { Contract, DeclaredMessage } from '../sdk/contract.ts'
import type { Message } from '../sdk/message.ts'
import type { Type } from '../sdk/type.ts'

/**
 * The application file, checked: what `application` answers. Data and the routes' functions; nothing of it runs yet.
 */
export interface ApplicationDefinition {
  readonly kind: 'application'
  readonly name: string
  readonly ingresses: readonly IngressDefinition[]
  readonly routes: readonly CheckedRoute[]
  readonly egresses: readonly { readonly name: string; readonly topic: string }[]
  readonly deadLetterTopic: string
  readonly functions: readonly CheckedFunctions[]
  /** Of every function that is served, by typename. */
  readonly contracts: ReadonlyMap<string, Contract>
  readonly given: GivenSettings
}

/** True for what `application` answered, also by another copy of this package in a bundle. */
export const isApplication = (value: unknown): value is ApplicationDefinition =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  value.kind === 'application' &&
  'given' in value &&
  value.given instanceof Map

export interface IngressDefinition {
  readonly name: string
  readonly topics: readonly string[]
  readonly start: StartPosition
  /** Undefined: bytes. */
  readonly value: Type<unknown> | undefined
}

export interface CheckedRoute {
  /** Its place in the application file's list. */
  readonly index: number
  readonly ingress: string
  readonly rule: RouteRule
}

export type RouteRule =
  | FunctionRule
  | { readonly kind: 'key'; readonly to: DeclaredMessage }
  | { readonly kind: 'path'; readonly path: JsonPath; readonly to: DeclaredMessage }

export interface FunctionRule {
  readonly kind: 'function'
  /** What it answers is checked for each record. */
  readonly messagesOf: (input: RouteInput<unknown>) => unknown
  /**
   * Of the copy of the SDK that the application file was written with: a bundled file carries its own, and messages are
   * known to the copy alone that made them.
   */
  readonly encode: (message: Message<unknown>) => RoutedMessage
}

/** `endpoint` is the URL, or a name for functions in this process. */
export type CheckedFunctions = ServedAt &
  (
    | { readonly kind: 'endpoint'; readonly signingKeys: readonly SigningKey[] | undefined }
    | { readonly kind: 'inProcess'; readonly implementations: readonly Implementation[] }
  )

interface ServedAt {
  readonly endpoint: string
  readonly typenames: readonly string[]
  readonly timeoutMs: number
  readonly requestsInFlightMax: number
  readonly addressesPerRequestMax: number
}
