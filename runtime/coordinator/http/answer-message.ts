import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../ports/clock.ts'
import type { Refusal, RequestAnswer } from '../requests.ts'
import { writeAnswer, writeError } from './http-answer.ts'
import { retryLater, type HttpCode } from './http-error.ts'
import { replyBody, replyForm, type Form } from './payload.ts'
import type { Target } from './target.ts'

/** A message's request and response, and what its body was in. */
export interface AskedMessage {
  readonly target: Target
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly form: Form | undefined
}

const refusals: Readonly<Record<Refusal, readonly [status: number, code: HttpCode]>> = {
  unknown: [404, 'FUNCTION_UNKNOWN'],
  busy: [429, 'OVERLOADED'],
  unavailable: [503, 'UNAVAILABLE'],
  'key-reused': [422, 'IDEMPOTENCY_KEY_REUSED'],
  'keys-full': [503, 'IDEMPOTENCY_KEYS_FULL'],
  'too-large': [413, 'LIMIT_EXCEEDED'],
}

/** Writes what the coordinator answers to a message. */
export const answerMessage = (asked: AskedMessage, answer: RequestAnswer, clock: Clock): void => {
  const { target, request, response, form } = asked
  if (answer.kind === 'accepted') {
    writeAnswer(response, 202, 'application/json', JSON.stringify({ messageId: answer.messageId }))
  } else if (answer.kind === 'refused') {
    const [status, code] = refusals[answer.why]
    const headers = status === 429 || status === 503 ? retryLater : {}
    writeError(request, response, { status, code, message: answer.message, headers }, clock)
  } else if (answer.reply.ok) {
    const wanted = replyForm(request.headers.accept, form)
    const { contentType, body } = replyBody(answer.reply.payload, target.spec?.replyTypename, wanted)
    writeAnswer(response, 200, contentType, body)
  } else {
    const { code, message } = answer.reply
    writeError(request, response, { status: 422, code, message, headers: {} }, clock)
  }
}
