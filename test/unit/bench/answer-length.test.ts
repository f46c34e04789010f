import { expect, it } from 'vitest'
import { answerLength } from '../../bench/workloads/http-call/answer-length.ts'

const whole = [
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n123'],
  ['chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n123\r\n0\r\n\r\n'],
  ['no body', 'HTTP/1.1 204 No Content\r\nx: y\r\n\r\n'],
] as const

it.each(whole)('an answer with %s ends where it ends, however it is cut', (_, text) => {
  for (let cut = 0; cut < text.length; cut++) expect(answerLength(Buffer.from(text.slice(0, cut)))).toBeUndefined()
  expect(answerLength(Buffer.from(`${text}HTTP/1.1`))).toBe(text.length)
})
