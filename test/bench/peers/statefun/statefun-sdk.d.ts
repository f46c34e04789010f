// What the function uses of StateFun's SDK. It is fetched when the peer is run, so its own types are not here to check against.
declare module 'apache-flink-statefun' {
  import type { RequestListener } from 'node:http'
  export interface Type<T> {
    readonly typename: string
    readonly valueOf: () => T
  }
  export interface Context {
    readonly self: { readonly id: string }
    readonly storage: Record<string, number | null>
    send(message: EgressMessage): void
  }
  export interface Message {
    as<T>(type: Type<T>): T
  }
  export interface EgressMessage {
    readonly typename: string
  }
  export class StateFun {
    static intType(): Type<number>
    static jsonType<T>(typename: string): Type<T>
    bind(options: {
      readonly typename: string
      readonly specs: readonly { readonly name: string; readonly type: Type<number> }[]
      readonly fn: (context: Context, message: Message) => void
    }): void
    handler(): RequestListener
  }
  export const kafkaEgressMessage: (options: {
    readonly typename: string
    readonly topic: string
    readonly key: string
    readonly value: string
  }) => EgressMessage
}
