import { expect, it } from 'vitest'
import type { BatchRequest, CallMessage, CallResult } from '../../../runtime/model/invocation.ts'
import { checkResult } from '../../../runtime/protocol/check-result.ts'

const message: CallMessage = {
  name: 0,
  unknownName: undefined,
  payload: undefined,
  attempt: 1,
  messageId: 'm',
  caller: undefined,
  record: undefined,
}
const request: BatchRequest = {
  nowMs: 0,
  functions: [{ typename: 'a/b', states: ['s'], messages: ['m'] }],
  sources: [],
  calls: [{ function: 0, id: 'x', state: [], messages: [message, message] }],
}
const good: CallResult = { call: 0, mutations: [], sends: [], emits: [], replies: [], failed: undefined }
const failed = (index: number) => ({ index, code: 'X', terminal: false, message: '' })
const cancel = (from: number) => ({ kind: 'cancel' as const, from, token: 't' })

it('takes a result that fits its request', () => {
  const replies = [0, 1].map((from) => ({ from, payload: undefined }))
  checkResult({ ...good, mutations: [{ op: 'clear', state: 0 }], sends: [cancel(1)], replies }, request)
  checkResult({ ...good, sends: [cancel(0)], failed: failed(1) }, request)
})

it.each<[string, Partial<CallResult>]>([
  ['another call', { call: 1 }],
  ['a state that is not in the table', { mutations: [{ op: 'clear', state: 1 }] }],
  ['effects of a message that is not there', { sends: [cancel(2)] }],
  ['effects of the message that failed', { sends: [cancel(1)], failed: failed(1) }],
  ['the failure of a message that is not there', { failed: failed(2) }],
  ['two replies to one message', { replies: [0, 0].map((from) => ({ from, payload: undefined })) }],
])('refuses %s', (_, change) => {
  expect(() => checkResult({ ...good, ...change }, request)).toThrow()
})
