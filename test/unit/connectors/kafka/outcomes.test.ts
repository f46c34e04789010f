import { expect, test } from 'vitest'
import { KafkaFailure } from '../../../../runtime/connectors/kafka/kafka-failure.ts'
import { failureOf, outcomeOf, reading, readOutcomeOf } from '../../../../runtime/connectors/kafka/outcomes.ts'

const verdict = (code: number) => failureOf(code, 'records for orders/0', 'orders').verdict

test('rule 12: what a successor or a timed-out transaction causes is fenced', () => {
  for (const code of [47, 49, 90]) expect(verdict(code)).toBe('fenced')
})

test('rule 11: sequence errors, lost answers and codes unknown to us end the session and claim nothing', () => {
  for (const code of [-1, 7, 13, 20, 45, 46, 48, 52, 59, 120, 9_999]) expect(verdict(code)).toBe('ambiguous')
})

test('rule 17: records that can never be written are rejected and name their topic', () => {
  for (const code of [10, 17, 18, 29, 87])
    expect(outcomeOf(failureOf(code, 'records for orders/0', 'orders'))).toMatchObject({
      kind: 'rejected',
      topic: 'orders',
    })
})

test('moved leaders and coordinators took nothing', () => {
  for (const code of [3, 5, 6, 14, 15, 16, 19, 51]) expect(verdict(code)).toBe('retriable')
})

test('missing rights and old versions are fatal and say what to do', () => {
  for (const code of [31, 35, 50, 53]) expect(verdict(code)).toBe('fatal')
  expect(failureOf(53, 'a producer of transactional id t').message).toMatch(
    /TRANSACTIONAL_ID_AUTHORIZATION_FAILED; grant/,
  )
})

test('without a topic there is no record to set aside', () => {
  expect(failureOf(29, 'something').verdict).toBe('fatal')
})

test('a request that changes nothing may always be asked again', async () => {
  const lost = new KafkaFailure('ambiguous', 'LOG_UNAVAILABLE', 'no answer')
  expect(readOutcomeOf(lost).kind).toBe('retriable')
  expect(readOutcomeOf(failureOf(29, 'to read', 'orders')).kind).toBe('fatal')
  expect(await reading(() => Promise.reject(lost))).toMatchObject({ kind: 'retriable', cause: lost })
  expect(await reading(() => Promise.resolve(1))).toEqual({ kind: 'ok', value: 1 })
})

test('what no one has judged is fatal, and an error whatever was thrown', () => {
  expect(outcomeOf('a text')).toEqual({ kind: 'fatal', cause: new Error('a text') })
})
