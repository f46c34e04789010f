import { MillraceError, type ErrorCode } from '../../model/errors.ts'
import { type LogOutcome } from '../../ports/transactional-log.ts'

export type Verdict = Exclude<LogOutcome<unknown>['kind'], 'ok'>

/** Why a request to Kafka failed, with what the caller must do. Stays inside this folder: the port answers outcomes. */
export class KafkaFailure extends MillraceError {
  readonly verdict: Verdict
  /** Set where the failure is one topic's. */
  readonly topic: string | undefined

  constructor(
    verdict: Verdict,
    code: ErrorCode,
    message: string,
    more: { readonly topic?: string; readonly cause?: unknown } = {},
  ) {
    super(code, message, { cause: more.cause })
    this.verdict = verdict
    this.topic = more.topic
  }
}
