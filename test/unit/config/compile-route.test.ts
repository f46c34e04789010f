import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { actor } from '../../../runtime/sdk/actor.ts'
import { json } from '../../../runtime/sdk/json.ts'
import { bytes, int, nothing, string } from '../../../runtime/sdk/primitive-types.ts'
import type { Typed } from '../../../runtime/sdk/type.ts'
import {
  application,
  compile,
  endpoint,
  kafka,
  route,
  type RouteInput,
  type RouteTarget,
} from '../../../runtime/config/index.ts'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { isMillraceError } from '../../../runtime/model/errors.ts'
import { defaultLimits } from '../../../runtime/model/limits.ts'
import type { LogRecord } from '../../../runtime/model/record.ts'

const Order = json<{ user: { id: unknown }; lines: { sku: string }[] }>('shop/Order')
const user = actor('shop/user', {
  state: {},
  messages: { add: int, order: Order, raw: bytes, name: string, ping: nothing, checked: z.object({ a: z.number() }) },
})

const record = (key: string | Uint8Array | null, value: unknown): LogRecord => ({
  offset: 7,
  timestampMs: 1_000,
  key: typeof key === 'string' ? utf8Encode(key) : key,
  value: value === null || value instanceof Uint8Array ? value : utf8Encode(JSON.stringify(value)),
  headers: [['h', utf8Encode('x')]],
})

const run = (
  rule: RouteTarget | ((input: RouteInput<unknown>) => unknown),
  value: Typed | undefined,
  given: LogRecord,
  limits = defaultLimits,
) => {
  const definition = application('shop', {
    ingress: { in: kafka({ topic: 'topic', value }) },
    routes: [
      { kind: 'route', ingress: 'in', rule: typeof rule === 'function' ? { messagesOf: rule as () => null } : rule },
    ],
    functions: [endpoint('http://a', [user])],
  })
  return compile(definition, limits).routes[0]!.messagesOf(given, 'topic', 3)
}
const errorOf = (...args: Parameters<typeof run>): string => {
  try {
    run(...args)
  } catch (error) {
    if (isMillraceError(error)) return `${error.code}: ${error.message}`
    throw error
  }
  return 'nothing was thrown'
}
const byKey = (name: keyof typeof user.messages): RouteTarget => ({ by: 'key', to: user.messages[name] })

describe('a route by key', () => {
  test('passes the value’s bytes on untouched where ingress and message are of one type', () => {
    const given = record('bob', utf8Encode('not even JSON'))
    const [message] = run(byKey('order'), Order, given)
    expect(message).toEqual({ typename: 'shop/user', id: 'bob', message: 'order', payload: given.value })
    expect(message!.payload).toBe(given.value)
  })

  test('passes them on where the ingress declares no type', () => {
    const given = record('bob', int.encode(5))
    expect(run(byKey('add'), undefined, given)[0]!.payload).toBe(given.value)
  })

  test('encodes anew where the types differ', () => {
    expect(run(byKey('name'), json<string>('shop/Name'), record('bob', 'Bob'))[0]!.payload).toEqual(
      string.encode('Bob'),
    )
    expect(errorOf(byKey('name'), json<number>('shop/Name'), record('bob', 5))).toBe(
      'VALUE_INVALID: routes[0] of ingress in: shop/user.name: 5 is no string',
    )
  })

  test('makes ids of keys: UTF-8 as it is, other bytes escaped, an empty key an empty id', () => {
    const idOf = (key: string | Uint8Array) => run(byKey('raw'), undefined, record(key, 1))[0]!.id
    expect([idOf('grün'), idOf(Uint8Array.of(0xff, 1)), idOf('')]).toEqual(['grün', 'bytes:ff01', ''])
  })

  test('refuses a null key', () => {
    expect(errorOf(byKey('raw'), undefined, record(null, 1))).toBe(
      'ROUTE_INVALID: routes[0] of ingress in: the record has no key, and the route goes by key',
    )
  })

  test('refuses a null value but for a message without a payload', () => {
    expect(errorOf(byKey('add'), undefined, record('a', null))).toBe(
      'VALUE_INVALID: routes[0] of ingress in: shop/user.add of a null value: there is no payload',
    )
    expect(errorOf(byKey('add'), int, record('a', null))).toContain('VALUE_INVALID')
    expect(errorOf(byKey('name'), int, record('a', null))).toBe(
      'VALUE_INVALID: routes[0] of ingress in: the value: there is no payload',
    )
    expect(errorOf(byKey('checked'), undefined, record('a', null))).toContain('VALUE_INVALID')
    expect(run(byKey('ping'), undefined, record('a', null))).toEqual([
      { typename: 'shop/user', id: 'a', message: 'ping', payload: undefined },
    ])
  })

  test('refuses a value that cannot be read where it must be', () => {
    expect(errorOf(byKey('name'), z.object({ a: z.number() }), record('a', { a: 'x' }))).toMatch(
      /^VALUE_INVALID: routes\[0\] of ingress in: the value: a: /,
    )
  })

  test('holds ids and values to the limits in force', () => {
    const limits = { ...defaultLimits, idBytesMax: 4, valueBytesMax: 3 }
    expect(run(byKey('raw'), undefined, record('éé', 123), limits)).toHaveLength(1)
    expect(errorOf(byKey('raw'), undefined, record('ééé', 123), limits)).toBe(
      'ROUTE_INVALID: routes[0] of ingress in: an id has more than 4 bytes (limits.idBytesMax)',
    )
    expect(errorOf(byKey('raw'), undefined, record('a', 1234), limits)).toBe(
      'VALUE_INVALID: routes[0] of ingress in: a value of 4 bytes; allowed are 3 (limits.valueBytesMax)',
    )
  })
})

describe('a route by JSON path', () => {
  const order = { user: { id: 7 }, lines: [{ sku: 'a' }, { sku: 'b' }, { sku: 'a' }] }

  test('sends the value to the actor at the path, or to each of many once', () => {
    const given = record(null, order)
    const to = user.messages.order
    const idsOf = (by: `$${string}`, type: Typed | undefined) => run({ by, to }, type, given).map(({ id }) => id)
    expect(idsOf('$.user.id', Order)).toEqual(['7'])
    expect(idsOf('$.lines[*].sku', Order)).toEqual(['a', 'b'])
    expect(idsOf('$.lines[*].sku', undefined)).toEqual(['a', 'b'])
    expect(run({ by: '$.user.id', to }, Order, given)[0]!.payload).toBe(given.value)
    expect(run({ by: '$.lines[*].sku', to }, Order, record(null, { lines: [] }))).toEqual([])
  })

  test('says which route leads nowhere', () => {
    expect(errorOf({ by: '$.user.name', to: user.messages.order }, Order, record('a', order))).toBe(
      'ROUTE_INVALID: routes[0] of ingress in: the path $.user.name leads nowhere: $["user"]["name"] is not there',
    )
  })

  test('refuses what is no JSON', () => {
    const rule: RouteTarget = { by: '$.a', to: user.messages.raw }
    expect(errorOf(rule, undefined, record('a', utf8Encode('{')))).toMatch(
      /^VALUE_INVALID: routes\[0\] of ingress in: the value is no JSON: /,
    )
    expect(errorOf(rule, undefined, record('a', Uint8Array.of(0x22, 0xff, 0x22)))).toContain('VALUE_INVALID')
    expect(errorOf(rule, undefined, record('a', null))).toContain('the value is null, no JSON')
  })

  test('makes no more messages of one record than the limit allows', () => {
    const limits = { ...defaultLimits, effectsPerMessageMax: 2 }
    expect(errorOf({ by: '$[*]', to: user.messages.raw }, undefined, record('a', [1, 2, 3]), limits)).toContain(
      'more than 2 values',
    )
  })
})

describe('a route by function', () => {
  test('encodes by the copy of the SDK that the application file was written with', () => {
    const definition = application('shop', {
      ingress: { in: kafka({ topic: 'topic' }) },
      routes: [route('in', () => user.at('a').ping())],
      functions: [endpoint('http://a', [user])],
    })
    const encoded = { typename: 'other/copy', id: 'x', message: 'm', payload: undefined }
    const bundled = definition.routes.map((route) => ({ ...route, rule: { ...route.rule, encode: () => encoded } }))
    const { routes } = compile({ ...definition, routes: bundled })
    expect(routes[0]!.messagesOf(record('a', 1), 'topic', 0)).toEqual([encoded])
  })

  test('sees the record decoded, and answers one message, several or none', () => {
    const seen: unknown[] = []
    const given = record(Uint8Array.of(0xff), { user: { id: 'x' } })
    const messages = run(
      (input) => {
        seen.push(input)
        return [user.at('a').add(1), user.at('b').name('n')]
      },
      Order,
      given,
    )
    expect(seen).toEqual([
      {
        key: 'bytes:ff',
        value: { user: { id: 'x' } },
        headers: given.headers,
        topic: 'topic',
        partition: 3,
        offset: 7,
        timestamp: new Date(1_000),
      },
    ])
    expect(messages).toEqual([
      { typename: 'shop/user', id: 'a', message: 'add', payload: int.encode(1) },
      { typename: 'shop/user', id: 'b', message: 'name', payload: string.encode('n') },
    ])
    expect(run(() => user.at('a').ping(), undefined, record(null, 1))).toEqual([
      { typename: 'shop/user', id: 'a', message: 'ping', payload: undefined },
    ])
    expect([run(() => null, undefined, given), run(() => [], undefined, given)]).toEqual([[], []])
  })

  test('gets bytes of its own where the ingress declares no type', () => {
    const given = record(null, utf8Encode('abc'))
    run(({ value }) => (value as Uint8Array).fill(0) && null, undefined, given)
    expect(given.value).toEqual(utf8Encode('abc'))
  })

  test.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('boom')
      },
      'the function threw: boom',
    ],
    [
      'returns nothing',
      () => undefined,
      'the function returned undefined; allowed are a message, an array of them, or null',
    ],
    ['returns a promise', () => Promise.resolve(null), 'the function returned a promise (routes cannot wait)'],
    [
      'forgets to call',
      () => user.at('a').add,
      'a function (a message is made by calling, as account.at(id).deposit(5))',
    ],
    ['nests arrays', () => [user.at('a').ping(), [user.at('a').ping()]], 'the function returned [1] an array'],
    ['returns text', () => 'shop/user', 'the function returned of type string'],
    [
      'returns a message made by hand',
      () => ({ to: { namespace: 'shop', name: 'user', id: 'a' }, name: 'add', body: 1 }),
      'a message that is wrong',
    ],
    [
      'returns a wrong payload',
      () => [user.at('a').add(1.5)],
      'the function returned [0] a message that is wrong: shop/user.add',
    ],
  ])('that %s fails this record alone, naming the route', (_, rule, message) => {
    const error = errorOf(rule, undefined, record('a', 1))
    expect(error).toContain('ROUTE_INVALID: routes[0] of ingress in: ')
    expect(error).toContain(message)
  })

  test('is not run for a value that cannot be read', () => {
    const error = errorOf(() => expect.unreachable(), Order, record('a', utf8Encode('{')))
    expect(error).toMatch(/^VALUE_INVALID: routes\[0\] of ingress in: the value: /)
  })

  test('makes no more messages of one record than the limit allows', () => {
    const limits = { ...defaultLimits, effectsPerMessageMax: 1 }
    const two = () => [user.at('a').ping(), user.at('a').ping()]
    expect(errorOf(two, undefined, record('a', 1), limits)).toContain('returned 2 messages; allowed are 1')
  })

  test('is held to the limits in force', () => {
    const limits = { ...defaultLimits, idBytesMax: 4, valueBytesMax: 4 }
    expect(errorOf(() => user.at('abcde').ping(), undefined, record('a', 1), limits)).toContain('limits.idBytesMax')
    expect(errorOf(() => user.at('a').add(1), undefined, record('a', 1), limits)).toContain('limits.valueBytesMax')
  })
})
