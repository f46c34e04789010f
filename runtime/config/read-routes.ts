import { isMillraceError } from '../model/errors.ts'
import type { Contract, DeclaredMessage } from '../sdk/contract.ts'
import { encodeMessage } from '../sdk/message.ts'
import type { CheckedRoute, IngressDefinition, RouteRule } from './definition.ts'
import { isPlainObject } from './given-settings.ts'
import { type JsonPath, parseJsonPath } from './json-path.ts'
import type { Problems } from './problems.ts'
import { readFields, readList } from './read-fields.ts'
import { route } from './route.ts'

const ruleAllowed =
  "a function, or { by: 'key' or a JSON path, to: a message of a contract, as account.messages.deposit }"

const readPath = (path: string, text: string, problems: Problems): JsonPath | undefined => {
  try {
    return parseJsonPath(text)
  } catch (error) {
    if (!isMillraceError(error)) throw error
    problems.add(`${path} is wrong: ${error.message}`)
    return undefined
  }
}

/** The declaration behind `account.messages.deposit`, as those who serve it declare it. */
const readTarget = (
  path: string,
  to: unknown,
  contracts: ReadonlyMap<string, Contract>,
  problems: Problems,
): DeclaredMessage | undefined => {
  const typename = typeof to === 'object' && to !== null && 'typename' in to ? to.typename : undefined
  const name = typeof to === 'object' && to !== null && 'name' in to ? to.name : undefined
  if (typeof typename !== 'string' || typeof name !== 'string') {
    problems.wrong(path, to, 'a message of a contract, as account.messages.deposit')
    return undefined
  }
  const declared = contracts.get(typename)?.messages.get(name)
  if (declared === undefined)
    problems.add(
      `${path} is ${typename}.${name}, which nothing in functions serves; add it to an endpoint or to inProcess`,
    )
  return declared
}

const readRule = (
  path: string,
  rule: unknown,
  contracts: ReadonlyMap<string, Contract>,
  problems: Problems,
): RouteRule | undefined => {
  if (!isPlainObject(rule)) {
    problems.wrong(path, rule, ruleAllowed)
    return undefined
  }
  const { messagesOf } = rule
  // What it answers is checked for every record.
  if (typeof messagesOf === 'function')
    return { kind: 'function', messagesOf: (input): unknown => messagesOf(input), encode: encodeMessage }
  const { by, to } = readFields(path, rule, ['by', 'to'], problems)
  const declared = readTarget(`${path}.to`, to, contracts, problems)
  if (by === 'key') return declared && { kind: 'key', to: declared }
  if (typeof by !== 'string') {
    problems.wrong(`${path}.by`, by, "'key' or a JSON path, as '$.user.id'")
    return undefined
  }
  const parsed = readPath(`${path}.by`, by, problems)
  return parsed && declared && { kind: 'path', path: parsed, to: declared }
}

/** The application file's `routes`. Every ingress needs one, or its records would vanish. */
export const readRoutes = (
  value: unknown,
  ingresses: readonly IngressDefinition[],
  contracts: ReadonlyMap<string, Contract>,
  problems: Problems,
): readonly CheckedRoute[] => {
  const names = ingresses.map(({ name }) => name)
  const list: unknown = typeof value === 'function' ? value(route) : value
  const routed = new Set<unknown>()
  const items = readList('routes', list, "a list of route('<ingress>', …), or a function that answers one", problems)
  const routes = items.flatMap(([path, given], index): CheckedRoute[] => {
    if (!isPlainObject(given) || given['kind'] !== 'route') {
      problems.wrong(path, given, "route('<ingress>', …)")
      return []
    }
    const { ingress } = given
    routed.add(ingress)
    if (typeof ingress !== 'string') problems.wrong(path, ingress, "route('<ingress>', …)")
    else if (names.length === 0) problems.add(`${path} is of ingress ${ingress}, and ingress names none`)
    else if (!names.includes(ingress)) problems.unknown(`${path}: ingress`, ingress, names)
    const rule = readRule(path, given['rule'], contracts, problems)
    return rule === undefined || typeof ingress !== 'string' ? [] : [{ index, ingress, rule }]
  })
  for (const name of names)
    if (!routed.has(name))
      problems.add(`ingress.${name} has no route, so its records would go nowhere; add route('${name}', …)`)
  return routes
}
