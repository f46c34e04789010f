import type { Duration } from '../model/duration.ts'
import type { Implementation } from '../sdk/actor.ts'
import type { Contract } from '../sdk/contract.ts'

export interface EndpointOptions {
  /** For one request. Default 30 s. */
  readonly timeout?: Duration | undefined
  /** Requests under way at once. Default 8. */
  readonly requestsInFlight?: number | undefined
  /** Actors in one request. Default 1,000. */
  readonly addressesPerRequest?: number | undefined
  /** `<id>:<secret>`, which signs requests to this endpoint. Default: the first of `signing.keys`. */
  readonly signingKey?: string | undefined
}

/** An actor of whatever state and messages. */
export interface AnyActor {
  readonly typename: string
  readonly contract: Contract
}

/** Who serves functions: made by `endpoint` or `inProcess`. */
export type FunctionsDefinition =
  | {
      readonly kind: 'endpoint'
      readonly url: string
      readonly actors: readonly AnyActor[]
      readonly options: EndpointOptions
    }
  | { readonly kind: 'inProcess'; readonly implementations: readonly Implementation[] }

/**
 * Functions behind a URL: a Worker, a Lambda, a Node server.
 * @example endpoint('https://bank.example.workers.dev', [account, card], { timeout: '10s' })
 */
export const endpoint = (
  url: string,
  actors: readonly AnyActor[],
  options: EndpointOptions = {},
): FunctionsDefinition => ({ kind: 'endpoint', url, actors, options })

/**
 * Functions that run inside the coordinator, for tests and small installations.
 * @example inProcess([accountHandlers])
 */
export const inProcess = (implementations: readonly Implementation[]): FunctionsDefinition => ({
  kind: 'inProcess',
  implementations,
})
