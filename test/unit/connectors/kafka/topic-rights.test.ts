import { describe, expect, test } from 'vitest'
import { kafkaCodes } from '../../../../runtime/connectors/kafka/outcomes.ts'
import { checkRights } from '../../../../runtime/connectors/kafka/topic-rights.ts'

const [read, write, describing] = [1 << 3, 1 << 4, 1 << 8]
const topic = (operations: number, errorCode: number = kafkaCodes.none) => ({
  topic: 'orders',
  errorCode,
  leaders: [1],
  operations,
})

describe('rights on a topic', () => {
  test.each([
    [read | write | describing, ['read', 'write']],
    [read | describing, ['read']],
    [describing, []],
  ] as const)('operations %i allow %j', (operations, uses) => {
    expect(() => checkRights(topic(operations), uses)).not.toThrow()
  })

  test('each that is missing is named, with what to do', () => {
    const failure = expect.objectContaining({ verdict: 'fatal', code: 'LOG_FORBIDDEN', topic: 'orders' })
    expect(() => checkRights(topic(read | describing), ['read', 'write'])).toThrow(failure)
    const message = 'Kafka does not let this user read or write topic orders; grant Read and Write by an ACL'
    expect(() => checkRights(topic(describing), ['read', 'write'])).toThrow(message)
    expect(() => checkRights(topic(0, kafkaCodes.topicAuthorizationFailed), ['write'])).toThrow('grant Write by an ACL')
  })

  test.each([0, -0x8000_0000])('a broker that tells of none (%i) is not taken to forbid', (operations) => {
    expect(() => checkRights(topic(operations), ['read', 'write'])).not.toThrow()
  })
})
