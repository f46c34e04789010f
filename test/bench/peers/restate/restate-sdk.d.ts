// What the service uses of Restate's SDK. It is fetched when the peer is run, so its own types are not here to check against.
declare module '@restatedev/restate-sdk' {
  export interface ObjectContext {
    readonly key: string
    get<T>(name: string): Promise<T | null>
    set<T>(name: string, value: T): void
    /** Runs what has an effect outside, and keeps its result: at least once. */
    run<T>(name: string, action: () => Promise<T>): Promise<T>
  }
  export interface VirtualObject {
    readonly name: string
  }
  export const object: (definition: {
    readonly name: string
    readonly handlers: Readonly<Record<string, (context: ObjectContext, input: never) => Promise<unknown>>>
  }) => VirtualObject
  export const serve: (options: {
    readonly services: readonly VirtualObject[]
    readonly port: number
  }) => Promise<number>
}
