import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { actor } from '../../../runtime/sdk/actor.ts'
import { json } from '../../../runtime/sdk/json.ts'
import { int } from '../../../runtime/sdk/primitive-types.ts'
import {
  application,
  compile,
  embedded,
  endpoint,
  fileSystem,
  inProcess,
  isApplication,
  kafka,
  resolveSettings,
  route,
  type RouteInput,
  s3,
} from '../../../runtime/config/index.ts'
import { messageOf } from '../../../runtime/model/errors.ts'

interface Transfer {
  readonly from: string
  readonly to: string
  readonly amount: number
}
const Transfer = json<Transfer>('bank/Transfer')
const account = actor('bank/account', { state: { balance: int }, messages: { deposit: int, transfer: Transfer } })
const card = actor('fraud/card', { state: {}, messages: { seen: z.object({ id: z.string() }) } })
const accountHandlers = account.handle({ deposit() {}, transfer() {} })
const functions = [endpoint('http://127.0.0.1:8787', [account, card])]

/** As a JavaScript file could call it, where no type stops anything. */
const untyped = application as unknown as (name: unknown, parts: unknown) => unknown
const errorOf = (parts: unknown, name: unknown = 'bank'): string => {
  try {
    untyped(name, parts)
  } catch (error) {
    return messageOf(error)
  }
  return 'nothing was thrown'
}

describe('an application', () => {
  const bank = application('bank', {
    ingress: {
      transfers: kafka({ topic: 'transfers', value: Transfer, start: 'latest' }),
      events: kafka({
        topics: ['a', 'b'],
        value: z.object({ user: z.string() }),
        start: { date: '2026-01-31T12:00:00Z' },
      }),
      raw: kafka({ topic: 'raw', start: { offsets: { 0: 5, 3: 0 } } }),
    },
    routes: (route) => [
      route('transfers', ({ value }) => [
        account.at(value.from).deposit(-value.amount),
        account.at(value.to).deposit(1),
      ]),
      route('events', ({ value }) => card.at(value.user).seen({ id: value.user })),
      route('raw', { by: 'key', to: account.messages.deposit }),
    ],
    functions,
    egress: { alerts: kafka({ topic: 'alerts' }) },
    http: { port: 0 },
  })

  test('compiles to its topology', () => {
    const topology = compile(bank)
    expect(topology.ingresses).toEqual([
      { name: 'transfers', topics: ['transfers'], start: { kind: 'latest' } },
      { name: 'events', topics: ['a', 'b'], start: { kind: 'timestamp', timestampMs: Date.UTC(2026, 0, 31, 12) } },
      {
        name: 'raw',
        topics: ['raw'],
        start: {
          kind: 'offsets',
          offsets: new Map([
            [0, 5],
            [3, 0],
          ]),
        },
      },
    ])
    expect(topology.routes.map(({ ingress }) => ingress)).toEqual(['transfers', 'events', 'raw'])
    expect(topology.egresses).toEqual([{ name: 'alerts', topic: 'alerts' }])
    expect(topology.deadLetterTopic).toBe('bank.dead-letters')
    expect(topology.bindings).toEqual([
      {
        endpoint: 'http://127.0.0.1:8787',
        typenames: ['bank/account', 'fraud/card'],
        timeoutMs: 30_000,
        requestsInFlightMax: 8,
        addressesPerRequestMax: 1_000,
      },
    ])
    expect(resolveSettings(bank, {}).settings.http.port).toBe(0)
    expect([bank, { ...bank }, { kind: 'application' }, null, 'bank'].map(isApplication)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })

  test('sends dead letters to the egress of that name', () => {
    const topology = compile(application('bank', { functions, egress: { deadLetters: kafka({ topic: 'bank.dead' }) } }))
    expect([topology.deadLetterTopic, topology.egresses]).toEqual(['bank.dead', []])
  })

  test('keeps options of endpoints and the implementations of functions in process', () => {
    const options = {
      timeout: '5s',
      requestsInFlight: 2,
      addressesPerRequest: 10,
      signingKey: 'k:0123456789abcdef',
    } as const
    const mixed = application('bank', {
      functions: [endpoint('https://cards.example/x', [card], options), inProcess([accountHandlers])],
    })
    expect(mixed.functions[0]).toMatchObject({ kind: 'endpoint', timeoutMs: 5_000, signingKeys: [{ id: 'k' }] })
    expect(mixed.functions[1]).toMatchObject({ kind: 'inProcess', implementations: [accountHandlers] })
    expect(compile(mixed).bindings).toMatchObject([
      { endpoint: 'https://cards.example/x', timeoutMs: 5_000, requestsInFlightMax: 2, addressesPerRequestMax: 10 },
      { endpoint: 'in-process', typenames: ['bank/account'] },
    ])
  })

  test('takes its storage from s3, fileSystem or embedded', () => {
    const storage = (given: ReturnType<typeof s3>) =>
      resolveSettings(application('bank', { functions, storage: given }), {}).settings
    expect(storage(s3({ bucket: 'bank' })).storage).toMatchObject({ kind: 's3', bucket: 'bank' })
    expect(storage(fileSystem({ directory: '/d' })).storage).toEqual({ kind: 'fileSystem', directory: '/d' })
    const both = storage(embedded({ directory: '/e' }))
    expect([both.log, both.storage]).toEqual([
      { kind: 'embedded', directory: '/e/log' },
      { kind: 'fileSystem', directory: '/e/store' },
    ])
    expect(storage(embedded()).storage).toEqual({ kind: 'fileSystem', directory: '.millrace/bank/store' })
  })

  test('knows the types of its ingresses, routes and settings', () => {
    const ingress = { transfers: kafka({ topic: 'transfers', value: Transfer }) }
    application('bank', {
      ingress,
      routes: [route('transfers', ({ value }: RouteInput<Transfer>) => account.at(value.to).deposit(1))],
      functions,
    })
    const wrong = [
      // @ts-expect-error the route's value is none of the ingress's
      () => application('bank', { ingress, routes: [route('transfers', (_: RouteInput<number>) => null)], functions }),
      // @ts-expect-error no such ingress
      () => application('bank', { ingress, routes: (route) => [route('transfer', () => null)], functions }),
      () =>
        application('bank', {
          ingress,
          // @ts-expect-error no such member
          routes: (route) => [route('transfers', ({ value }) => account.at(value.x).deposit(1))],
          functions,
        }),
      // @ts-expect-error no such setting
      () => application('bank', { functions, htpp: {} }),
    ]
    expect(wrong).toHaveLength(4)
  })
})

const ingress = { in: kafka({ topic: 'in' }) }
const topics = (options: unknown) => ({ ingress: { in: { kind: 'kafka', options } } })
const wrongFiles: readonly (readonly [name: string, parts: unknown, message: string])[] = [
  ['nothing', undefined, 'functions is not set; it must be a list of endpoint(url, [actors])'],
  ['a list', [], 'allowed is an object with ingress, routes, functions, egress, kafka'],
  [
    'a topic that is no kafka()',
    { ingress: { in: 'topic' } },
    'ingress.in is "topic"; allowed is kafka({ topic, value, start })',
  ],
  ['no topic', topics({}), 'ingress.in names no topic; topic or topics must be set'],
  ['topic and topics', topics({ topic: 'a', topics: ['b'] }), 'ingress.in has both topic and topics'],
  ['no topics', topics({ topics: [] }), "ingress.in.topics is []; allowed is a list of topics' names"],
  [
    'a value of no type',
    topics({ topic: 'a', value: 5 }),
    "ingress.in.value is 5; allowed is a type of millrace, as json('bank/Transfer'), or a Standard Schema",
  ],
  [
    'an unknown start',
    topics({ topic: 'a', start: 'first' }),
    `ingress.in.start is "first"; allowed is 'earliest', 'latest', { date:`,
  ],
  [
    'a date without a zone',
    topics({ topic: 'a', start: { date: '2026-01-31T12:00' } }),
    'ingress.in.start is {"date":"2026-01-31T12:00"}',
  ],
  ['a date that is none', topics({ topic: 'a', start: { date: '2026-13-01' } }), 'ingress.in.start is'],
  [
    'a negative offset',
    topics({ topic: 'a', start: { offsets: { 0: -1 } } }),
    'ingress.in.start is {"offsets":{"0":-1}}',
  ],
  [
    'offsets of many topics',
    topics({ topics: ['a', 'b'], start: { offsets: { 0: 1 } } }),
    'ingress.in.start names offsets for 2 topics; offsets need an ingress of one topic',
  ],
  [
    'one topic twice',
    { ingress: { a: kafka({ topic: 't' }), b: kafka({ topic: 't' }) } },
    'ingress.b reads topic t, which ingress.a reads',
  ],
  [
    'its own dead letters',
    { ingress: { in: kafka({ topic: 'bank.dead-letters' }) } },
    'ingress.in reads bank.dead-letters, its own dead letters: what fails would come back for ever',
  ],
  [
    'an egress with a start',
    { egress: { out: kafka({ topic: 'a', start: 'latest' }) } },
    'setting egress.out.start is unknown',
  ],
  [
    'a URL that is none',
    { functions: [endpoint('localhost:80', [account])] },
    'functions[0].url is "localhost:80"; allowed is a URL',
  ],
  [
    'a time-out that is none',
    { functions: [endpoint('http://a', [account], { timeout: '1h' })] },
    'functions[0].timeout is "1h"; allowed is a duration from 10ms to 15m',
  ],
  [
    'a signing key that is none',
    { functions: [endpoint('http://a', [account], { signingKey: 'hunter2' })] },
    'functions[0].signingKey has a value that is not allowed (not shown: it is a secret)',
  ],
  [
    'an option that is none',
    { functions: [{ ...endpoint('http://a', [account]), options: { timeOut: 1 } }] },
    'functions[0] options.timeOut is unknown; did you mean functions[0] options.timeout?',
  ],
  [
    'one function twice',
    { functions: [endpoint('http://a', [account]), inProcess([accountHandlers])] },
    'functions[1][0] is bank/account, which is served already',
  ],
  [
    'one endpoint twice',
    { functions: [endpoint('http://a', [account]), endpoint('http://a', [card])] },
    'functions[1] names http://a again; name all its actors at once',
  ],
  [
    'an actor where handlers are due',
    { functions: [{ kind: 'inProcess', implementations: [account] }] },
    'functions[0][0] is none of the implementations, as account.handle({ … })',
  ],
  [
    'a function of no kind',
    { functions: ['http://a'] },
    'functions[0] is "http://a"; allowed is endpoint(url, [actors]) or inProcess([implementations])',
  ],
  [
    'a route that is none',
    { ingress, routes: [() => null] },
    "routes[0] is a function; allowed is route('<ingress>', …)",
  ],
  [
    'routes that are none',
    { ingress, routes: 5 },
    "routes is 5; allowed is a list of route('<ingress>', …), or a function that answers one",
  ],
  [
    'a route without an ingress',
    { routes: [route('x', () => null)] },
    'routes[0] is of ingress x, and ingress names none',
  ],
  [
    'a route by nothing',
    { ingress, routes: [{ ...route('in', () => null), rule: 5 }] },
    "routes[0] is 5; allowed is a function, or { by: 'key'",
  ],
  [
    'a route by no path',
    { ingress, routes: [route('in', { by: '$..x', to: account.messages.deposit })] },
    'routes[0].by is wrong: "$..x" is no JSON path (character 2',
  ],
  [
    'a route by something else',
    { ingress, routes: [{ ...route('in', () => null), rule: { by: 1, to: account.messages.deposit } }] },
    "routes[0].by is 1; allowed is 'key' or a JSON path, as '$.user.id'",
  ],
  [
    'a route to an address',
    { ingress, routes: [{ ...route('in', () => null), rule: { by: 'key', to: 'bank/account' } }] },
    'routes[0].to is "bank/account"; allowed is a message of a contract, as account.messages.deposit',
  ],
  [
    'a route to what nobody serves',
    {
      ingress,
      functions: [endpoint('http://a', [account])],
      routes: [route('in', { by: 'key', to: card.messages.seen })],
    },
    'routes[0].to is fraud/card.seen, which nothing in functions serves',
  ],
]

describe('an application file that is wrong', () => {
  test('tells of everything at once', () => {
    const parts = {
      ingress: {
        transfers: kafka({ topic: 'transfers' }),
        other: { ...kafka({ topic: 'transfers' }), options: { topic: 'a b', strat: 'latest' } },
      },
      routes: [route('transfer', () => null)],
      functions: [],
      egres: {},
      http: { port: -1 },
    }
    expect(errorOf(parts, 'my bank')).toBe(
      [
        'application "my bank": 9 settings are wrong',
        '  - the application\'s name is "my bank"; allowed is 1 to 100 letters, digits, _, . and -, beginning with a letter or digit',
        '  - setting egres is unknown; did you mean egress?',
        '  - setting ingress.other.strat is unknown; did you mean ingress.other.start?',
        '  - ingress.other.topic is "a b"; allowed is a topic\'s name: 1 to 249 letters, digits, _, . and -',
        '  - functions is []; allowed is a list of endpoint(url, [actors]) and inProcess([implementations])',
        '  - routes[0]: ingress transfer is unknown; did you mean transfers?',
        "  - ingress.transfers has no route, so its records would go nowhere; add route('transfers', …)",
        "  - ingress.other has no route, so its records would go nowhere; add route('other', …)",
        '  - http.port is -1; allowed is a whole number from 0 to 65535',
      ].join('\n'),
    )
  })

  test.each(wrongFiles)('%s', (_, parts, message) => {
    const complete = typeof parts === 'object' && !Array.isArray(parts) ? { functions, ...parts } : parts
    expect(errorOf(complete)).toContain(message)
  })

  test('a route that throws while routes are listed is the user’s own error', () => {
    const thrown = new Error('mine')
    const routes = () => {
      throw thrown
    }
    expect(errorOf({ functions, routes })).toBe('mine')
  })
})
