import { messageOf, type ErrorCode } from '../../model/errors.ts'
import { type LogOutcome } from '../../ports/transactional-log.ts'
import { KafkaFailure, type Verdict } from './kafka-failure.ts'

// What each of Kafka's error codes says of the request that it answers: the one place where codes are judged (protocol
// rules 11, 12, 17). `retriable` means that *this request* took no effect; a sender that has already sent other parts of
// the same transaction makes it ambiguous. A code that is not listed is ambiguous: it ends the session and no more.
type Judgement = readonly [name: string, verdict: Verdict, code: ErrorCode]

const judgements: Readonly<Record<number, Judgement>> = {
  [-1]: ['UNKNOWN_SERVER_ERROR', 'ambiguous', 'LOG_UNAVAILABLE'],
  1: ['OFFSET_OUT_OF_RANGE', 'retriable', 'LOG_OFFSET_OUT_OF_RANGE'],
  2: ['CORRUPT_MESSAGE', 'ambiguous', 'LOG_CORRUPT'],
  3: ['UNKNOWN_TOPIC_OR_PARTITION', 'retriable', 'LOG_TOPIC_MISSING'],
  5: ['LEADER_NOT_AVAILABLE', 'retriable', 'LOG_UNAVAILABLE'],
  6: ['NOT_LEADER_OR_FOLLOWER', 'retriable', 'LOG_UNAVAILABLE'],
  7: ['REQUEST_TIMED_OUT', 'ambiguous', 'LOG_UNAVAILABLE'],
  8: ['BROKER_NOT_AVAILABLE', 'retriable', 'LOG_UNAVAILABLE'],
  9: ['REPLICA_NOT_AVAILABLE', 'retriable', 'LOG_UNAVAILABLE'],
  10: ['MESSAGE_TOO_LARGE', 'rejected', 'LIMIT_EXCEEDED'],
  13: ['NETWORK_EXCEPTION', 'ambiguous', 'LOG_UNAVAILABLE'],
  14: ['COORDINATOR_LOAD_IN_PROGRESS', 'retriable', 'LOG_UNAVAILABLE'],
  15: ['COORDINATOR_NOT_AVAILABLE', 'retriable', 'LOG_UNAVAILABLE'],
  16: ['NOT_COORDINATOR', 'retriable', 'LOG_UNAVAILABLE'],
  17: ['INVALID_TOPIC', 'rejected', 'LOG_TOPIC_MISSING'],
  18: ['RECORD_LIST_TOO_LARGE', 'rejected', 'LIMIT_EXCEEDED'],
  19: ['NOT_ENOUGH_REPLICAS', 'retriable', 'LOG_UNAVAILABLE'],
  20: ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'ambiguous', 'LOG_UNAVAILABLE'],
  22: ['ILLEGAL_GENERATION', 'fatal', 'LOG_FORBIDDEN'],
  25: ['UNKNOWN_MEMBER_ID', 'fatal', 'LOG_FORBIDDEN'],
  27: ['REBALANCE_IN_PROGRESS', 'retriable', 'LOG_UNAVAILABLE'],
  29: ['TOPIC_AUTHORIZATION_FAILED', 'rejected', 'LOG_FORBIDDEN'],
  30: ['GROUP_AUTHORIZATION_FAILED', 'fatal', 'LOG_FORBIDDEN'],
  31: ['CLUSTER_AUTHORIZATION_FAILED', 'fatal', 'LOG_FORBIDDEN'],
  32: ['INVALID_TIMESTAMP', 'rejected', 'VALUE_INVALID'],
  35: ['UNSUPPORTED_VERSION', 'fatal', 'LOG_UNAVAILABLE'],
  36: ['TOPIC_ALREADY_EXISTS', 'retriable', 'LOG_UNAVAILABLE'],
  37: ['INVALID_PARTITIONS', 'fatal', 'SETTING_INVALID'],
  38: ['INVALID_REPLICATION_FACTOR', 'fatal', 'SETTING_INVALID'],
  40: ['INVALID_CONFIG', 'fatal', 'SETTING_INVALID'],
  41: ['NOT_CONTROLLER', 'retriable', 'LOG_UNAVAILABLE'],
  42: ['INVALID_REQUEST', 'fatal', 'INTERNAL'],
  43: ['UNSUPPORTED_FOR_MESSAGE_FORMAT', 'fatal', 'LOG_UNAVAILABLE'],
  44: ['POLICY_VIOLATION', 'rejected', 'LOG_FORBIDDEN'],
  45: ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'ambiguous', 'LOG_UNAVAILABLE'],
  46: ['DUPLICATE_SEQUENCE_NUMBER', 'ambiguous', 'LOG_UNAVAILABLE'],
  47: ['INVALID_PRODUCER_EPOCH', 'fenced', 'FENCED'],
  48: ['INVALID_TXN_STATE', 'ambiguous', 'LOG_UNAVAILABLE'],
  49: ['INVALID_PRODUCER_ID_MAPPING', 'fenced', 'FENCED'],
  50: ['INVALID_TRANSACTION_TIMEOUT', 'fatal', 'SETTING_INVALID'],
  51: ['CONCURRENT_TRANSACTIONS', 'retriable', 'LOG_UNAVAILABLE'],
  52: ['TRANSACTION_COORDINATOR_FENCED', 'ambiguous', 'LOG_UNAVAILABLE'],
  53: ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'fatal', 'LOG_FORBIDDEN'],
  55: ['OPERATION_NOT_ATTEMPTED', 'retriable', 'LOG_UNAVAILABLE'],
  56: ['KAFKA_STORAGE_ERROR', 'ambiguous', 'LOG_UNAVAILABLE'],
  59: ['UNKNOWN_PRODUCER_ID', 'ambiguous', 'LOG_UNAVAILABLE'],
  74: ['FENCED_LEADER_EPOCH', 'retriable', 'LOG_UNAVAILABLE'],
  75: ['UNKNOWN_LEADER_EPOCH', 'retriable', 'LOG_UNAVAILABLE'],
  87: ['INVALID_RECORD', 'rejected', 'VALUE_INVALID'],
  89: ['THROTTLING_QUOTA_EXCEEDED', 'retriable', 'LOG_UNAVAILABLE'],
  90: ['PRODUCER_FENCED', 'fenced', 'FENCED'],
  100: ['UNKNOWN_TOPIC_ID', 'retriable', 'LOG_TOPIC_MISSING'],
  105: ['TRANSACTIONAL_ID_NOT_FOUND', 'fenced', 'FENCED'],
  120: ['TRANSACTION_ABORTABLE', 'ambiguous', 'LOG_UNAVAILABLE'],
}

/** Codes that callers look at one by one. */
export const kafkaCodes = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopic: 3,
  leaderNotAvailable: 5,
  messageTooLarge: 10,
  recordListTooLarge: 18,
  topicAuthorizationFailed: 29,
  topicAlreadyExists: 36,
  concurrentTransactions: 51,
  operationNotAttempted: 55,
} as const

const advice: Partial<Record<ErrorCode, string>> = {
  LOG_FORBIDDEN: 'grant the right by an ACL',
  LOG_TOPIC_MISSING: 'create the topic or mend its name in the settings',
  LIMIT_EXCEEDED: "raise the topic's max.message.bytes or make the record smaller",
  FENCED: 'another producer has the transactional id, or the transaction timed out',
}

const adviceForCode: Readonly<Record<number, string>> = {
  30: 'grant Read on the group by an ACL',
  50: "set commit.transactionTimeout to at most the broker's transaction.max.timeout.ms",
  53: 'grant Write on the transactional id by an ACL',
}

/** What an answered error code means. `what` names the request, and the topic, id or group that it was about. */
export const failureOf = (code: number, what: string, topic?: string, detail?: string | null): KafkaFailure => {
  const [name, verdict, errorCode] = judgements[code] ?? [`error ${code}`, 'ambiguous', 'LOG_UNAVAILABLE']
  const hint = adviceForCode[code] ?? advice[errorCode]
  const message = `Kafka refuses ${what}: ${name}${detail ? ` (${detail})` : ''}${hint === undefined ? '' : `; ${hint}`}`
  // Without a topic to name there is no record to set aside: asking again will not help.
  if (verdict === 'rejected' && topic === undefined) return new KafkaFailure('fatal', errorCode, message)
  return new KafkaFailure(verdict, errorCode, message, topic === undefined ? {} : { topic })
}

/** Throws what an error code means; 0 is none. */
export const checkCode = (code: number, what: string, topic?: string): void => {
  if (code !== kafkaCodes.none) throw failureOf(code, what, topic)
}

export type LogFailure = Exclude<LogOutcome<never>, { readonly kind: 'ok' }>

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(messageOf(error)))

/** The outcome for whatever a request threw; what no one has judged is a bug or broken bytes, and fatal. */
export const outcomeOf = (error: unknown): LogFailure => {
  if (!(error instanceof KafkaFailure)) return { kind: 'fatal', cause: asError(error) }
  if (error.verdict !== 'rejected') return { kind: error.verdict, cause: error }
  return { kind: 'rejected', topic: error.topic ?? '', cause: error }
}

/** The same for requests that change nothing: what may or may not have been done can be asked again. */
export const readOutcomeOf = (error: unknown): LogFailure => {
  const outcome = outcomeOf(error)
  if (outcome.kind === 'ambiguous') return { kind: 'retriable', cause: outcome.cause }
  return outcome.kind === 'rejected' ? { kind: 'fatal', cause: outcome.cause } : outcome
}

export const ok = <T>(value: T): LogOutcome<T> => ({ kind: 'ok', value })

/** Runs a request that changes nothing. */
export const reading = async <T>(request: () => Promise<T>): Promise<LogOutcome<T>> => {
  try {
    return ok(await request())
  } catch (error) {
    return readOutcomeOf(error)
  }
}
