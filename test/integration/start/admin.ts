import { z } from 'zod'

const Positions = z.object({ positions: z.array(z.object({ offset: z.number(), lag: z.number().nullable() })) })
const Status = z.object({ now: z.object({ pendingMessages: z.number(), unpublishedWindows: z.number() }) })
const State = z.object({
  states: z.record(
    z.string(),
    z.union([
      z.object({ kind: z.literal('value'), value: z.unknown() }),
      z.object({ kind: z.literal('list'), items: z.array(z.unknown()) }),
      z.object({ kind: z.literal('map'), entries: z.array(z.object({ key: z.string(), value: z.unknown() })) }),
    ]),
  ),
})

const read = async (url: string): Promise<unknown> => {
  const response = await fetch(url)
  if (response.ok) return response.json()
  throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
}

/** How far reading has come, control records included. */
export const positionsOf = async (url: string): Promise<{ readonly offset: number; readonly lag: number }> => {
  const { positions } = Positions.parse(await read(`${url}/admin/positions`))
  const sum = (of: (each: (typeof positions)[number]) => number) => positions.reduce((all, each) => all + of(each), 0)
  return { offset: sum(({ offset }) => offset), lag: sum(({ lag }) => lag ?? Infinity) }
}

/** Nothing waits: neither to be read, nor to be processed, nor to be published. */
export const isIdle = async (url: string): Promise<boolean> => {
  const { now } = Status.parse(await read(`${url}/admin/status`))
  return now.pendingMessages === 0 && now.unpublishedWindows === 0 && (await positionsOf(url)).lag === 0
}

/** An actor's state as plain values: maps as objects, what is not set is missing. */
export const stateOf = async (url: string, typename: string, id: string): Promise<Record<string, unknown>> => {
  const { states } = State.parse(await read(`${url}/admin/state/${typename}/${encodeURIComponent(id)}`))
  return Object.fromEntries(
    Object.entries(states).map(([name, state]) => [
      name,
      state.kind === 'value'
        ? state.value
        : state.kind === 'list'
          ? state.items
          : Object.fromEntries(state.entries.map(({ key, value }) => [key, value])),
    ]),
  )
}

/** Some at a time, all in the end. */
export const inTurn = async <T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = []
  for (let i = 0; i < items.length; i += 20) results.push(...(await Promise.all(items.slice(i, i + 20).map(act))))
  return results
}
