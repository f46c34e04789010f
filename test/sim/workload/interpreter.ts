import {
  actor,
  type Context,
  egress,
  type Implementation,
  int,
  json,
  list,
  map,
  outcome,
  request,
  string,
  TerminalError,
  value,
} from 'millrace'
import { attemptsMax, fadesAfterMs, surveyOf, type Command, type Execution, type Place } from './command.ts'

/** Every command that is executed is told here, and its marks. */
export const out = egress('out', json<string>('sim/text'))

const commandType = json<Command>('sim/command')
const executionType = json<Execution>('sim/execution')

const contractOf = (typename: `${string}/${string}`) =>
  actor(typename, {
    state: {
      log: list(executionType),
      count: value(int, { initial: 0 }),
      cells: map(string, int),
      fading: value(int, { ttl: { after: fadesAfterMs, since: 'write' } }),
      scratch: string,
    },
    messages: { run: commandType, ask: request(commandType, string), answered: outcome(string) },
    failure: { attempts: attemptsMax, firstDelay: 20, maxDelay: 500 },
  })

export type SimContract = ReturnType<typeof contractOf>
type SimContext = Context<NonNullable<SimContract['state']>>

/** Actors that do what they are told. */
export interface Actors {
  readonly contracts: ReadonlyMap<string, SimContract>
  readonly implementations: readonly Implementation[]
  at(place: Place): ReturnType<SimContract['at']>
}

export const makeActors = (typenames: readonly `${string}/${string}`[]): Actors => {
  const contracts = new Map<string, SimContract>(typenames.map((typename) => [typename, contractOf(typename)]))
  const at = ({ typename, id }: Place): ReturnType<SimContract['at']> => contracts.get(typename)!.at(id)
  const run = (ctx: SimContext, command: Command): string => {
    if (command.terminal) throw new TerminalError(command.id, { code: 'TOLD' })
    if (ctx.attempt <= (command.fails ?? 0)) throw new Error(command.id)
    const { state } = ctx
    state.log.push({ command: command.id, nowMs: ctx.now.getTime(), faded: state.fading })
    state.count += 1
    ctx.emit(out, { key: ctx.id, value: command.id })
    for (const step of command.steps) follow(ctx, step)
    return `${command.id}#${state.count}`
  }
  const follow = (ctx: SimContext, step: Command['steps'][number]): void => {
    const { state } = ctx
    switch (step.do) {
      case 'send':
        return ctx.send(at(step.to).run(step.command))
      case 'ask':
        return ctx.send(at(step.to).ask(step.command), { reply: at(typedSelf(ctx)).answered })
      case 'delay':
        return ctx.send(at(step.to).run(step.command), {
          after: step.ms,
          ...(step.token === undefined ? {} : { token: step.token }),
        })
      case 'cancel':
        return ctx.cancel(step.token)
      case 'put':
        return void state.cells.set(step.key, step.value)
      case 'remove':
        return void state.cells.delete(step.key)
      case 'bump':
        return void state.cells.set(step.key, numberAt(ctx, step.key, step.catches) + 1)
      case 'survey':
        state.scratch = surveyOf(state.cells, state.cells.size)
        return
      case 'fade':
        state.fading = step.value
        return
      case 'scratch':
        state.scratch = step.text
        return
      case 'emit':
        return ctx.emit(out, { key: ctx.id, value: step.mark + ' '.repeat(step.padding) })
    }
  }
  const implementations = [...contracts.values()].map((contract) =>
    contract.handle({
      run: (ctx, command) => void run(ctx, command),
      ask: (ctx, command) => run(ctx, command),
      answered: (ctx, told) => {
        const text = told.ok ? `=${told.value}` : `!${told.error.message}`
        ctx.state.log.push({ command: text, nowMs: ctx.now.getTime(), faded: ctx.state.fading })
      },
    }),
  )
  return { contracts, implementations, at }
}

const numberAt = ({ state }: SimContext, key: string, catches: boolean): number => {
  try {
    return state.cells.get(key) ?? 0
  } catch (error) {
    if (!catches) throw error
    return 0
  }
}

const typedSelf = (ctx: SimContext): Place => ({ typename: `${ctx.self.namespace}/${ctx.self.name}`, id: ctx.id })
