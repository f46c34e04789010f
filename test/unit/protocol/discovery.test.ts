import { expect, it } from 'vitest'
import { defaultFailurePolicy, type FunctionSpec } from '../../../runtime/model/function-spec.ts'
import { discoveryJson, parseDiscovery } from '../../../runtime/protocol/discovery.ts'

const account: FunctionSpec = {
  typename: 'bank/account',
  states: [
    {
      name: 'balance',
      version: 1,
      from: [],
      kind: 'value',
      typename: 'io.statefun.types/int',
      keyTypename: undefined,
      expiry: undefined,
    },
    {
      name: 'seen',
      version: 3,
      from: [
        { version: 1, typename: 'x/v' },
        { version: 2, typename: 'x/w' },
      ],
      kind: 'map',
      typename: 'x/y',
      keyTypename: 'io.statefun.types/string',
      expiry: { afterMs: 1000, since: 'call' },
    },
  ],
  messages: [
    { name: 'deposit', typename: 'io.statefun.types/int', replyTypename: undefined },
    { name: 'withdraw', typename: 'io.statefun.types/int', replyTypename: 'bank/account.withdraw.reply' },
  ],
  otherwise: true,
  failure: defaultFailurePolicy,
}
const answer = (): Record<string, unknown> => JSON.parse(discoveryJson([account], 'v1'))

it('reads what it wrote', () => {
  expect(parseDiscovery(answer())).toEqual({ version: 'v1', functions: [account], mapParts: true })
})

it('says nothing of failures for a function that declares nothing of them', () => {
  const silent = { ...account, failure: undefined }
  const json = JSON.parse(discoveryJson([silent], 'v1'))
  expect(Object.keys(json.functions[0])).not.toContain('failure')
  expect(parseDiscovery(json).functions).toEqual([silent])
  expect(parseDiscovery(changed({ failure: null })).functions).toEqual([silent])
})

it('says nothing of versions for a state that has never had another', () => {
  const [balance, seen] = JSON.parse(discoveryJson([account], 'v1')).functions[0].states
  expect(Object.keys(balance)).toEqual(['name', 'kind', 'typename'])
  expect(seen).toMatchObject({ version: 3, from: [{ version: 1 }, { version: 2 }] })
})

it('takes maps in part only from a handler that says so', () => {
  const { features, ...older } = answer()
  expect(features).toEqual(['map-parts'])
  expect(parseDiscovery(older).mapParts).toBe(false)
  expect(parseDiscovery({ ...older, features: ['other', 7] }).mapParts).toBe(false)
})

it('ignores what a later version adds', () => {
  expect(parseDiscovery({ ...answer(), more: [1], protocols: { batch: [1, 2], other: {} } }).version).toBe('v1')
})

const changed = (change: Record<string, unknown>) => ({ ...answer(), functions: [{ ...account, ...change }] })
const state = { name: 'a', kind: 'value', typename: 'x/y' }
const versioned = (...from: object[]) => changed({ states: [{ ...state, version: 2, from }] })

it.each([
  ['no object', null, 'discovery: an object wanted, null found'],
  ['no protocols', { functions: [], version: '1' }, 'discovery.protocols: an object wanted, nothing found'],
  ['another version of the protocol', { ...answer(), protocols: { batch: [2] } }, 'does not speak version 1'],
  ['a bad typename', changed({ typename: 'account' }), 'functions[0].typename: a typename'],
  ['an unknown kind', changed({ states: [{ ...state, kind: 'set' }] }), 'functions[0].states[0].kind'],
  ['a state twice', changed({ states: [state, state] }), 'a is declared twice'],
  ['a version before the first', changed({ states: [{ ...state, version: 0 }] }), 'version: a whole number from 1'],
  ['a version beyond the last', changed({ states: [{ ...state, version: 1000 }] }), 'version: a version up to 999'],
  ['an older version that is none', versioned({ version: 2, typename: 'x/y' }), 'version: a version before 2'],
  [
    'an older version twice',
    versioned({ version: 1, typename: 'a/b' }, { version: 1, typename: 'a/c' }),
    'version 1 is',
  ],
  ['an older version without a type', versioned({ version: 1 }), 'from[0].typename'],
  ['a name that is another state’s version', changed({ states: [{ ...state, name: 'a@2' }] }), 'states[0].name'],
  ['a map without a key type', changed({ states: [{ ...state, kind: 'map' }] }), 'keyTypename'],
  ['an expiry of nothing', changed({ states: [{ ...state, expiry: { afterMs: 0, since: 'write' } }] }), 'afterMs'],
  ['a function twice', { ...answer(), functions: [account, account] }, 'bank/account is declared twice'],
  ['attempts without number', changed({ failure: { ...defaultFailurePolicy, attemptsMax: 'x' } }), 'attemptsMax'],
  ['an unknown failure policy', changed({ failure: { ...defaultFailurePolicy, onFailure: 'ignore' } }), '"deadLetter"'],
  ['a huge list', { ...answer(), functions: new Array(10_001).fill(account) }, 'at most 10000'],
  ['an inherited property', Object.create(answer()), 'discovery.protocols'],
])('refuses %s and says where', (_, json, reason) => {
  expect(() => parseDiscovery(json)).toThrow(reason)
})
