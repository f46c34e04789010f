/** Every bound on a queue, batch, retry or payload has its name and its default here. Bytes and milliseconds. */
export interface Limits {
  /** One message's payload, one state cell, one egress record's value. */
  readonly valueBytesMax: number
  /** An actor's id. */
  readonly idBytesMax: number
  /** All state of one address. */
  readonly stateBytesMax: number
  /** One request to a handler, and one result for an address in its answer. */
  readonly requestBytesMax: number
  readonly resultBytesMax: number
  /**
   * A map state goes whole to a handler up to so many bytes for each message of the call; of a larger one the handler gets a
   * part, and asks for what it lacks by one call more.
   */
  readonly wholeMapBytesMax: number
  /** Messages of one address in one request. */
  readonly messagesPerAddressMax: number
  /** Messages waiting in one lane; beyond it intake is held until the lane drains, or what `failure.whenFull` says. */
  readonly laneMessagesMax: number
  /** Messages and their bytes in all lanes that are not stopped; beyond it nothing more is fetched. */
  readonly pendingMessagesMax: number
  readonly pendingBytesMax: number
  /** Messages and their bytes that wait for parked and paused addresses, in all; `failure.whenFull` says what happens then. */
  readonly parkedMessagesMax: number
  readonly parkedBytesMax: number
  /** Sends and egress records that one message may make. */
  readonly effectsPerMessageMax: number
  /** Delayed messages of one address. */
  readonly delayedPerAddressMax: number
  readonly windowBytesMax: number
  /** Windows whose publication is outstanding; at the bound nothing more is fetched. */
  readonly unpublishedBytesMax: number
  readonly unpublishedWindowsMax: number
  readonly httpBodyBytesMax: number
  readonly httpRequestsMax: number
  readonly idempotencyKeysMax: number
  readonly idempotencyReplyBytesMax: number
}

export const defaultLimits: Limits = {
  valueBytesMax: 1 << 20,
  idBytesMax: 1024,
  stateBytesMax: 16 << 20,
  requestBytesMax: 8 << 20,
  resultBytesMax: 16 << 20,
  wholeMapBytesMax: 8 << 10,
  messagesPerAddressMax: 500,
  laneMessagesMax: 10_000,
  pendingMessagesMax: 20_000,
  pendingBytesMax: 64 << 20,
  parkedMessagesMax: 100_000,
  parkedBytesMax: 64 << 20,
  effectsPerMessageMax: 10_000,
  delayedPerAddressMax: 10_000,
  windowBytesMax: 8 << 20,
  unpublishedBytesMax: 64 << 20,
  unpublishedWindowsMax: 1_000,
  httpBodyBytesMax: 1 << 20,
  httpRequestsMax: 10_000,
  idempotencyKeysMax: 1_000_000,
  idempotencyReplyBytesMax: 64 << 10,
}
