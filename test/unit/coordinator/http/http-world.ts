import {
  actor,
  boolean,
  bytes,
  double,
  egress,
  int,
  list,
  map,
  nothing,
  request,
  string,
  TerminalError,
  value,
} from 'millrace'
import { z } from 'zod'
import { httpApp } from '../../../../runtime/coordinator/http/http-app.ts'
import type { HttpAppOptions } from '../../../../runtime/coordinator/http/options.ts'
import type { CoordinatorSettings } from '../../../../runtime/coordinator/settings.ts'
import type { RunningCoordinator } from '../../../../runtime/coordinator/running.ts'
import { startCoordinator } from '../../../../runtime/coordinator/start.ts'
import { defaultLimits, type Limits } from '../../../../runtime/model/limits.ts'
import type { Route } from '../../../../runtime/model/topology.ts'
import { inProcessFunctionClient } from '../../../../runtime/platform/in-process-function-client.ts'
import { nullLog } from '../../../../runtime/platform/null-telemetry.ts'
import { seededRandom } from '../../../../runtime/platform/seeded-random.ts'
import { systemClock } from '../../../../runtime/platform/system-clock.ts'
import { prometheusTelemetry } from '../../../../runtime/platform/telemetry.ts'
import type { FunctionClient } from '../../../../runtime/ports/function-client.ts'
import type { ObjectStore } from '../../../../runtime/ports/object-store.ts'
import { createHandler } from '../../../../runtime/sdk/handler.ts'
import { makeWorld } from '../world.ts'
import { served } from './served.ts'

export const out = egress('out', string)

export const account = actor('bank/account', {
  state: {
    balance: value(int, { initial: 0 }),
    recent: list(z.object({ amount: z.number() })),
    merchants: map(string, double),
    secret: bytes,
    note: value(string, { ttl: { after: '1h', since: 'write' } }),
  },
  messages: {
    deposit: int,
    note: string,
    rich: z.object({ amount: z.number(), to: z.string() }),
    later: int,
    clear: nothing,
    seal: bytes,
    flag: request(boolean, boolean),
    balance: request(nothing, int),
    whole: request(z.object({ n: z.number() }), z.object({ twice: z.number() })),
    echo: request(bytes, bytes),
    refuse: request(string, int),
    spend: int,
    hang: request(nothing, int),
  },
})

/** Handlers that wait until `release` is called where they are told to `hang`. */
export const bank = () => {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const handlers = account.handle({
    deposit(ctx, amount) {
      ctx.state.balance += amount
    },
    note(ctx, text) {
      ctx.state.note = text
      ctx.emit(out, { key: ctx.id, value: text })
    },
    rich(ctx, { amount, to }) {
      ctx.state.recent.push({ amount })
      ctx.state.merchants.set(to, amount)
    },
    later(ctx, amount) {
      ctx.send(account.at(ctx.id).deposit(amount), { after: '1h' })
    },
    clear(ctx) {
      ctx.clear()
    },
    seal(ctx, secret) {
      ctx.state.secret = secret
    },
    flag: (_ctx, flag) => !flag,
    balance: (ctx) => ctx.state.balance,
    whole: (_ctx, { n }) => ({ twice: 2 * n }),
    echo: (_ctx, given) => given,
    refuse(_ctx, why) {
      throw new TerminalError(why, { code: 'NO_WAY' })
    },
    spend(ctx, amount) {
      if (amount > ctx.state.balance) throw new Error('too poor')
      ctx.state.balance -= amount
    },
    async hang() {
      await released
      return 1
    },
  })
  return { handlers, release: () => release() }
}

export interface HttpWorldOptions {
  readonly limits?: Partial<Limits>
  readonly app?: Partial<HttpAppOptions>
  readonly routes?: readonly Route[]
  readonly settings?: Partial<CoordinatorSettings>
  readonly client?: (real: FunctionClient) => FunctionClient
  readonly store?: (real: ObjectStore) => ObjectStore
}

/** A coordinator in memory behind its HTTP app. */
export const httpWorld = async (options: HttpWorldOptions = {}) => {
  const { handlers, release } = bank()
  const limits = { ...defaultLimits, ...options.limits }
  const { routes = [], settings = {} } = options
  const world = await makeWorld([handlers], { limits, routes, settings })
  const telemetry = prometheusTelemetry(nullLog)
  const local = inProcessFunctionClient(createHandler([handlers]))
  let starts = 100
  const start = (): Promise<RunningCoordinator> =>
    startCoordinator(world.topology, world.settings, {
      clock: systemClock,
      random: seededRandom(++starts),
      store: options.store?.(world.store) ?? world.store,
      kafka: world.log.connect(),
      clients: new Map([['local', options.client?.(local) ?? local]]),
      telemetry: starts === 101 ? telemetry : prometheusTelemetry(nullLog),
    })
  const running = await start()
  const holder: { running: RunningCoordinator | undefined } = { running }
  const app = httpApp(() => holder.running, {
    application: 'bank',
    bindHost: '127.0.0.1',
    callTimeoutMs: 5_000,
    limits,
    telemetry,
    clock: systemClock,
    ...options.app,
  })
  const { server, ask } = await served(app)
  const post = (path: string, body?: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    ask(path, {
      method: 'POST',
      ...(body === undefined ? {} : { body }),
      headers: {
        ...(body === undefined
          ? {}
          : { 'content-type': typeof body === 'string' ? 'application/json' : 'application/octet-stream' }),
        ...headers,
      },
    })
  return { ...world, running, holder, server, ask, post, start, release, telemetry }
}
