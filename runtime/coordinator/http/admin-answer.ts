import type { Context } from 'hono'
import { isMillraceError, messageOf, type ErrorCode } from '../../model/errors.ts'
import type { Shard } from '../../shard/shard.ts'
import type { Operator } from '../operator.ts'
import type { RunningCoordinator } from '../running.ts'
import { HttpError, retryLater } from './http-error.ts'
import type { CoordinatorHolder, HttpAppOptions } from './options.ts'
import { started } from './started.ts'
import { wait } from './wait.ts'

const statuses: Partial<Record<ErrorCode, number>> = {
  FUNCTION_UNKNOWN: 404,
  LOG_OFFSET_OUT_OF_RANGE: 404,
  ADDRESS_NOT_STOPPED: 409,
  ORDER_LOST: 409,
  ROUTE_INVALID: 409,
  VALUE_INVALID: 400,
  LIMIT_EXCEEDED: 413,
  LOG_UNAVAILABLE: 503,
  LOG_FORBIDDEN: 503,
}

/** Asks a coordinator on behalf of people, and turns what it says into HTTP. */
export class AdminAnswer {
  private readonly holder: CoordinatorHolder
  private readonly options: HttpAppOptions

  constructor(holder: CoordinatorHolder, options: HttpAppOptions) {
    this.holder = holder
    this.options = options
  }

  get running(): RunningCoordinator {
    return started(this.holder)
  }

  /** What `see` sees of committed state, and only while no other coordinator has taken over. */
  async look<T>(c: Context, see: (shard: Shard) => T): Promise<T> {
    const { running } = this
    const ours = await running.isStillOurs().catch((error: unknown) => {
      throw new HttpError(503, 'STORE_UNAVAILABLE', messageOf(error), retryLater)
    })
    if (!ours) throw new HttpError(503, 'FENCED', 'another coordinator has taken this application over: ask that one')
    return this.wait(c, running.read(see))
  }

  /** What an operator's change answers, once it is committed. */
  change<T>(c: Context, make: (operator: Operator) => T): Promise<T> {
    return this.wait(c, this.running.change(make))
  }

  /** What a coordinator answers once it is committed. */
  async wait<T>(c: Context, answer: Promise<T>): Promise<T> {
    const { clock, callTimeoutMs } = this.options
    const waited = await wait(answer, this.running, clock, callTimeoutMs, c.req.raw.signal).catch(refuse)
    if (waited.kind === 'answer') return waited.value
    if (waited.kind === 'ended') throw new HttpError(503, 'UNAVAILABLE', 'this coordinator has stopped', retryLater)
    const message = `it was not committed within ${callTimeoutMs} ms (http.callTimeout)`
    throw new HttpError(504, 'TIMEOUT', message)
  }
}

const refuse = (error: unknown): never => {
  const status = isMillraceError(error) ? statuses[error.code] : undefined
  if (isMillraceError(error) && status !== undefined)
    throw new HttpError(status, error.code, error.message.slice(0, 2_000), status === 503 ? retryLater : {})
  throw error
}
