import { assert, messageOf, MillraceError } from '../model/errors.ts'
import type { Limits } from '../model/limits.ts'
import { idOfKey } from '../model/record-key.ts'
import type { LogRecord } from '../model/record.ts'
import type { Route, RoutedMessage } from '../model/topology.ts'
import { decodePayload } from '../sdk/coding.ts'
import type { Message } from '../sdk/message.ts'
import { bytes } from '../sdk/primitive-types.ts'
import type { Type } from '../sdk/type.ts'
import { checkMessage } from './check-message.ts'
import type { FunctionRule } from './definition.ts'
import type { RouteInput } from './route.ts'

const isMessage = (value: unknown): value is Message<unknown> =>
  typeof value === 'object' && value !== null && 'to' in value && 'name' in value && 'body' in value

const describe = (value: unknown): string => {
  if (value === undefined) return 'undefined'
  if (typeof value === 'function') return 'a function (a message is made by calling, as account.at(id).deposit(5))'
  if (typeof value === 'object' && value !== null && 'then' in value) return 'a promise (routes cannot wait)'
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`
}

/**
 * A route that is the user's function. Whatever it throws or answers amiss is a ROUTE_INVALID of this record: its turn
 * is the user's, and no other record suffers.
 */
export const compileFunction = (
  rule: FunctionRule,
  valueType: Type<unknown> = bytes,
  limits: Limits,
  what: string,
): Route['messagesOf'] => {
  const invalid = (why: string, cause?: unknown) =>
    new MillraceError('ROUTE_INVALID', `${what}: ${why}`, cause === undefined ? undefined : { cause })

  const run = (input: RouteInput<unknown>): unknown => {
    try {
      return rule.messagesOf(input)
    } catch (error) {
      throw invalid(`the function threw: ${messageOf(error)}`, error)
    }
  }
  const encode = (message: unknown, place: string): RoutedMessage => {
    if (!isMessage(message))
      throw invalid(
        `the function returned ${place}${describe(message)}; allowed are a message, an array of them, or null`,
      )
    let encoded: RoutedMessage
    try {
      encoded = rule.encode(message)
    } catch (error) {
      throw invalid(`the function returned ${place}a message that is wrong: ${messageOf(error)}`, error)
    }
    return checkMessage(encoded, limits, what)
  }
  return (record: LogRecord, topic?: string, partition?: number) => {
    assert(topic !== undefined && partition !== undefined, `${what} was run without the record's topic and partition`)
    const value = decodePayload(valueType, record.value ?? undefined, `${what}: the value`)
    const { key, headers, offset, timestampMs } = record
    const answer = run({
      key: key === null ? null : idOfKey(key),
      value,
      headers,
      topic,
      partition,
      offset,
      timestamp: new Date(timestampMs),
    })
    if (answer === null) return []
    if (!Array.isArray(answer)) return [encode(answer, '')]
    if (answer.length > limits.effectsPerMessageMax)
      throw invalid(`the function returned ${answer.length} messages; allowed are ${limits.effectsPerMessageMax}`)
    return answer.map((message: unknown, index) => encode(message, `[${index}] `))
  }
}
