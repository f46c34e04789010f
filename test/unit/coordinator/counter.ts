import { actor, egress, int, json, request, string, value } from 'millrace'
import type { RunningCoordinator } from '../../../runtime/coordinator/running.ts'
import type { RequestAnswer } from '../../../runtime/coordinator/requests.ts'
import type { Route } from '../../../runtime/model/topology.ts'
import { encodeMessage } from '../../../runtime/sdk/message.ts'
import { textOf } from './world.ts'

export const out = egress('out', json<string>('test/out'))

/** Counts what it is sent; `fail` in the text fails. */
export const counter = actor('test/counter', {
  state: { count: value(int, { initial: 0 }) },
  messages: { add: string, call: request(string, int) },
})

export const counterHandlers = counter.handle({
  add(ctx, text) {
    if (text.startsWith('fail')) throw new Error('as asked')
    ctx.state.count += 1
    ctx.emit(out, { key: ctx.id, value: `${ctx.id}:${text}:${ctx.state.count}` })
  },
  call(ctx, text) {
    ctx.state.count += 1
    ctx.emit(out, { key: ctx.id, value: `${ctx.id}:${text}:${ctx.state.count}` })
    return ctx.state.count
  },
})

/** Emits what it is sent; `slow` waits until its entry in `open` is called. */
export const patientCounter = () => {
  const open: (() => void)[] = []
  const patient = counter.handle({
    async add(ctx, text) {
      if (text === 'slow') await new Promise<void>((resolve) => open.push(resolve))
      ctx.emit(out, { key: ctx.id, value: `${ctx.id}:${text}` })
    },
    call: () => 0,
  })
  return { open, patient }
}

/** The key is the id, the value the text. */
export const byKey: Route = {
  ingress: 'in',
  messagesOf: (record) => [
    {
      typename: 'test/counter',
      id: textOf(record.key),
      message: 'add',
      payload: encodeMessage(counter.at('x').add(textOf(record.value))).payload,
    },
  ],
}

/** A call from outside; `answered` is set once there is an answer. */
export const callOf = (running: RunningCoordinator, id: string, text: string, idempotencyKey?: string) => {
  const { payload } = encodeMessage(counter.at(id).call(text))
  const message = { kind: 'call' as const, typename: 'test/counter', id, message: 'call', payload }
  const asked: { answer: Promise<RequestAnswer>; answered: RequestAnswer | undefined } = {
    answer: running.request({ ...message, idempotencyKey, fingerprint: text }).answer,
    answered: undefined,
  }
  void asked.answer.then((answer) => (asked.answered = answer))
  return asked
}

/** What was emitted, as text, in the order of each partition. */
export const emitted = (records: readonly { value: Uint8Array | null }[]): string[] =>
  records.map(({ value: text }) => String(JSON.parse(textOf(text))))

/** A request that never ends, as of a process that was stopped in its middle. */
export const forever = new Promise<never>(() => undefined)

/** A gate that holds whoever comes until it is opened. */
export const makeGate = () => {
  let open: () => void = () => undefined
  const passed = new Promise<undefined>((resolve) => (open = () => resolve(undefined)))
  return { open, passed }
}
