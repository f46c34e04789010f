/** What a coordinator says over HTTP of the addresses that were asked for, and of what is left to do. */
export interface AdminView {
  readonly pending: number
  readonly delayed: number
  /** Topic and reason. */
  readonly undelivered: readonly string[]
  /** Addresses that there are, by typename. */
  readonly addresses: ReadonlyMap<string, number>
  /** By `typename/id`, the values by the names of the states. */
  readonly state: ReadonlyMap<string, Readonly<Record<string, unknown>>>
}

/** The parts of the answers that are read here; the coordinator under test is their only source. */
interface Status {
  readonly now: { readonly pendingMessages: number; readonly delayedMessages: number }
  readonly functions: readonly { readonly typename: string; readonly addresses: number | null }[]
}
interface Undelivered {
  readonly records: readonly { readonly topic: string; readonly reason: string }[]
}
interface ActorState {
  readonly states: Readonly<Record<string, { readonly value?: unknown }>>
}

const askedAtOnce = 16

/** Asks a coordinator for the committed state of these addresses, `typename/id` each. */
export const adminView = async (url: string, addresses: readonly string[]): Promise<AdminView> => {
  const state = new Map<string, Record<string, unknown>>()
  const waiting = [...addresses]
  const ask = async (): Promise<void> => {
    for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) {
      const found = await get<ActorState>(url, `/admin/state/${address}`)
      const values = Object.entries(found?.states ?? {}).map(([name, { value }]) => [name, value] as const)
      state.set(address, Object.fromEntries(values))
    }
  }
  await Promise.all(Array.from({ length: askedAtOnce }, ask))
  const status = await get<Status>(url, '/admin/status')
  const undelivered = await get<Undelivered>(url, '/admin/egress')
  return {
    pending: status?.now.pendingMessages ?? NaN,
    delayed: status?.now.delayedMessages ?? NaN,
    undelivered: (undelivered?.records ?? []).map(({ topic, reason }) => `${topic}: ${reason}`),
    addresses: new Map(status?.functions.map(({ typename, addresses: count }) => [typename, count ?? 0])),
    state,
  }
}

const get = async <T>(url: string, path: string): Promise<T | undefined> => {
  const answer = await fetch(new URL(path, url))
  const text = await answer.text()
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw new Error(`GET ${path} answered ${answer.status}: ${text.slice(0, 500)}`)
  const body: T = JSON.parse(text)
  return body
}
