import type { Of, Type, Typed } from '../sdk/type.ts'

/**
 * Where reading starts when the application is created; afterwards its own positions count. `date`: the first record
 * at or after it. `offsets`: by partition, those not named start at the earliest.
 */
export type Start =
  'earliest' | 'latest' | { readonly date: Date | string } | { readonly offsets: Readonly<Record<number, number>> }

interface KafkaOptions<S> {
  /** What values are: a type of the SDK, or a Standard Schema for JSON. Undefined: bytes. */
  readonly value?: S | undefined
  /** Default: earliest. */
  readonly start?: Start | undefined
}

/** Topics of Kafka (or of the embedded log) that an ingress reads or an egress writes. */
export interface KafkaTopics<T> {
  readonly kind: 'kafka'
  readonly options: { readonly topic?: string; readonly topics?: readonly string[] } & KafkaOptions<Typed>
  /** Carries the type of values; never there. */
  readonly is?: T
}

/**
 * An ingress's topics, or an egress's topic (which takes neither `value` nor `start`: the SDK's egress knows its type).
 * @example kafka({ topic: 'transfers', value: Transfer, start: 'latest' })
 */
export function kafka<S extends Typed = Type<Uint8Array>>(
  options: ({ readonly topic: string } | { readonly topics: readonly string[] }) & KafkaOptions<S>,
): KafkaTopics<Of<S>> {
  return { kind: 'kafka', options }
}
