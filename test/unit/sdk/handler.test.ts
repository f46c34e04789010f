import { expect, it } from 'vitest'
import { actor, createHandler, int, nothing, string, value } from 'millrace'
import type { BatchRequest } from '../../../runtime/model/invocation.ts'
import { encodeBatchRequest } from '../../../runtime/protocol/batch-request-writer.ts'
import { parseDiscovery } from '../../../runtime/protocol/discovery.ts'
import type { InvokeAnswer } from '../../../runtime/sdk/handler.ts'
import { callMessage, readResults } from './invoke.ts'

const door = actor('test/door', {
  state: { opened: value(int, { initial: 0 }), note: string },
  messages: { open: int, wait: string },
})
/** Handlers of `wait` go on when their gate is opened, by name. */
const gated = () => {
  const gates = new Map<string, () => void>()
  const started: string[] = []
  const implementation = door.handle({
    open: (ctx, n) => void (ctx.state.opened += n),
    wait(ctx, name) {
      started.push(`${ctx.id} ${name}`)
      return new Promise<void>((resolve) => gates.set(name, resolve))
    },
  })
  return { implementation, started, open: (name: string) => gates.get(name)?.() }
}
const table = { typename: 'test/door', states: ['opened', 'note'], messages: ['open', 'wait'] }
const open = callMessage(table.messages, 'open', int.encode(1))
const wait = (name: string) => callMessage(table.messages, 'wait', string.encode(name))
const request = (calls: [id: string, ...ReturnType<typeof wait>[]][], functions = [table]): Uint8Array => {
  const made: BatchRequest = {
    nowMs: 0,
    functions,
    sources: [],
    calls: calls.map(([id, ...messages]) => ({ function: 0, id, state: [], messages })),
  }
  return encodeBatchRequest(made)
}
const streamed = (answer: InvokeAnswer) => {
  if (answer.status !== 200) throw new Error(answer.message)
  const rest = answer.rest?.[Symbol.asyncIterator]()
  const places = (bytes: Uint8Array) => readResults(bytes).map(({ call }) => call)
  return {
    first: places(answer.first),
    next: async () => {
      const read = await rest?.next()
      return read === undefined || read.done === true ? undefined : places(read.value)
    },
  }
}

it('hands over at once what is ready at once, and the stragglers as they complete', async () => {
  const { implementation, open: openGate } = gated()
  const bytes = request([
    ['a', open],
    ['b', wait('b')],
    ['c', open],
    ['d', wait('d')],
    ['e', open],
  ])
  const { first, next } = streamed(await createHandler([implementation]).invoke(bytes))
  expect(first).toEqual([0, 2, 4])
  openGate('d')
  expect(await next()).toEqual([3])
  openGate('b')
  expect(await next()).toEqual([1])
  expect(await next()).toBeUndefined()
})

it('hands over in one piece what completes during the pause behind another, and ends without a pause', async () => {
  const { implementation, open: openGate } = gated()
  const bytes = request(['a', 'b', 'c'].map((id) => [id, wait(id)]))
  const pauses: (() => void)[] = []
  const pause = () => new Promise<void>((resolve) => void pauses.push(resolve))
  const { first, next } = streamed(await createHandler([implementation]).invoke(bytes, pause))
  expect(first).toEqual([])
  openGate('a')
  expect(await next()).toEqual([0])
  const piece = next()
  openGate('b')
  await Promise.resolve()
  openGate('c')
  expect(pauses).toHaveLength(1)
  pauses[0]?.()
  expect(await piece).toEqual([1, 2])
  expect(await next()).toBeUndefined()
  expect(pauses).toHaveLength(1)
})

it('counts async handlers that wait for nothing as ready at once', async () => {
  const implementation = door.handle({ open: async (ctx, n) => void (ctx.state.opened += n), wait: async () => {} })
  const answer = await createHandler([implementation]).invoke(
    request([
      ['a', open],
      ['b', wait('x')],
    ]),
  )
  expect(answer).toMatchObject({ status: 200, rest: undefined })
  expect(streamed(answer).first).toEqual([0, 1])
})

it('takes what only looks like a promise for one: called back at once, and more than once', async () => {
  const calledBack = (call: (done?: (value: void) => unknown, failed?: (error: Error) => unknown) => void) => {
    const like = { then: (done?: () => unknown, failed?: (error: Error) => unknown) => void call(done, failed) }
    return like as unknown as Promise<void>
  }
  const eager = calledBack((done) => {
    void done?.()
    void done?.()
  })
  const failing = calledBack((_, failed) => {
    void failed?.(new Error('no'))
    throw new Error('told already')
  })
  const implementation = door.handle({
    open: (ctx, n) => {
      ctx.state.opened += n
      return eager
    },
    wait: () => failing,
  })
  const answer = await createHandler([implementation]).invoke(
    request([
      ['a', open, open],
      ['b', wait('b')],
    ]),
  )
  if (answer.status !== 200) throw new Error(answer.message)
  expect(answer.rest).toBeUndefined()
  const [a, b] = readResults(answer.first).toSorted((one, other) => one.call - other.call)
  expect(a).toMatchObject({ call: 0, mutations: [{ op: 'set', value: int.encode(2) }], failed: undefined })
  expect(b).toMatchObject({ call: 1, failed: { index: 0, message: expect.stringContaining('no') } })
})

it('puts results that complete together into one piece', async () => {
  const { implementation, open: openGate } = gated()
  const bytes = request([
    ['a', wait('a')],
    ['b', wait('b')],
    ['c', wait('c')],
  ])
  const { first, next } = streamed(await createHandler([implementation]).invoke(bytes))
  expect(first).toEqual([])
  openGate('c')
  openGate('a')
  expect(await next()).toEqual([2, 0])
  openGate('b')
  expect(await next()).toEqual([1])
})

it('runs one address strictly in order, and others meanwhile', async () => {
  const { implementation, started, open: openGate } = gated()
  const bytes = request([
    ['a', wait('1'), wait('2')],
    ['b', wait('3')],
  ])
  const { next } = streamed(await createHandler([implementation]).invoke(bytes))
  expect(started).toEqual(['a 1', 'b 3'])
  openGate('3')
  expect(await next()).toEqual([1])
  openGate('1')
  await Promise.resolve().then(() => new Promise((resolve) => setTimeout(resolve, 0)))
  expect(started).toEqual(['a 1', 'b 3', 'a 2'])
  openGate('2')
  expect(await next()).toEqual([0])
})

it('lets only so many addresses wait at the same time, and starts the next as they complete', async () => {
  const { implementation, started, open: openGate } = gated()
  const bytes = request([
    ['a', wait('a')],
    ['b', wait('b')],
    ['c', wait('c')],
    ['d', open],
  ])
  const { first, next } = streamed(await createHandler([implementation], { concurrencyMax: 2 }).invoke(bytes))
  expect([first, started]).toEqual([[], ['a a', 'b b']])
  openGate('b')
  expect(await next()).toEqual([1])
  expect(started).toEqual(['a a', 'b b', 'c c'])
  openGate('c')
  expect(await next()).toEqual([2, 3])
  openGate('a')
  expect(await next()).toEqual([0])
  expect(await next()).toBeUndefined()
})

it('answers 400 for what is no batch request', async () => {
  const handler = createHandler([gated().implementation])
  expect(await handler.invoke(Uint8Array.of(0xff))).toMatchObject({ status: 400 })
})

it('answers 409 for another function, or where a declared state is unknown to the request', async () => {
  const handler = createHandler([gated().implementation])
  const other = request([['a', open]], [{ ...table, typename: 'test/window' }])
  expect(await handler.invoke(other)).toMatchObject({ status: 409, message: expect.stringContaining('test/window') })
  const stale = request([['a', open]], [{ ...table, states: ['opened'] }])
  expect(await handler.invoke(stale)).toMatchObject({ status: 409, message: expect.stringContaining('test/door.note') })
})

it('finds states by name, whatever their order, and ignores those it no longer declares', async () => {
  const made: BatchRequest = {
    nowMs: 0,
    functions: [{ ...table, states: ['old', 'note', 'opened'] }],
    sources: [],
    calls: [
      {
        function: 0,
        id: 'a',
        state: [
          { state: 0, cells: { kind: 'value', value: Uint8Array.of(9) } },
          { state: 2, cells: { kind: 'value', value: int.encode(41) } },
        ],
        messages: [open],
      },
    ],
  }
  const answer = await createHandler([gated().implementation]).invoke(encodeBatchRequest(made))
  const [result] = readResults(answer.status === 200 ? answer.first : new Uint8Array(0))
  expect(result?.mutations).toEqual([{ op: 'set', state: 2, value: int.encode(42) }])
})

it('describes itself for discovery, under a version that changes with the functions', () => {
  const { implementation } = gated()
  const handler = createHandler([implementation])
  expect(parseDiscovery(JSON.parse(handler.document))).toEqual(handler.discovery)
  expect(createHandler([implementation]).discovery.version).toBe(handler.discovery.version)
  const more = actor('test/more', { state: {}, messages: { go: nothing } }).handle({ go: () => undefined })
  expect(createHandler([implementation, more]).discovery.version).not.toBe(handler.discovery.version)
  expect(createHandler([implementation], { version: 'v7' }).discovery.version).toBe('v7')
})

it('tells of a failure policy only where the actor declares one', () => {
  const handled = (failure?: { attempts: number }) =>
    actor('a/b', { state: {}, messages: {}, ...(failure && { failure }) }).handle({})
  const specOf = (failure?: { attempts: number }) => createHandler([handled(failure)]).discovery.functions[0]!
  expect(specOf().failure).toBeUndefined()
  expect(specOf({ attempts: 3 }).failure).toMatchObject({ attemptsMax: 3, firstDelayMs: 50, onFailure: 'deadLetter' })
})

it('refuses settings that make no sense', () => {
  const { implementation } = gated()
  expect(() => createHandler([implementation, implementation])).toThrow('test/door is served twice')
  expect(() => createHandler([implementation], { concurrencyMax: 0 })).toThrow('concurrencyMax is 0')
  const contract = (name: string) => actor(name as 'a/b', { state: {}, messages: {} })
  expect(() => contract('door')).toThrow('namespace/name')
  expect(() => actor('a/b', { state: {}, messages: { otherwise: int } as never })).toThrow("'otherwise'")
  expect(() => actor('a/b', { state: {}, messages: {}, failure: { attempts: 0 } })).toThrow('failure.attempts')
  expect(() => door.handle({ open: () => undefined } as never)).toThrow('test/door.wait')
  expect(() => door.handle({ open: () => undefined, wait: () => undefined, shut() {} } as never)).toThrow("'shut'")
})

it('lets go of all calls once they have begun, however long a few of them wait', async () => {
  const { implementation, open: openGate } = gated()
  const given: BatchRequest = {
    nowMs: 0,
    functions: [table],
    sources: [],
    calls: ['a', 'b', 'c'].map((id) => ({
      function: 0,
      id,
      state: [],
      messages: id === 'b' ? [wait('b'), open] : [open],
    })),
  }
  const places: number[][] = []
  const running = createHandler([implementation]).run(given, (results) => places.push(results.map(({ call }) => call)))
  await expect.poll(() => places).toEqual([[0, 2]])
  expect(given.calls).toEqual([])
  openGate('b')
  expect(await running).toBeUndefined()
  expect(places).toEqual([[0, 2], [1]])
})
