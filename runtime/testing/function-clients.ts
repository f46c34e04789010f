import type { ApplicationDefinition, CheckedFunctions } from '../config/definition.ts'
import { MillraceError } from '../model/errors.ts'
import { inProcessFunctionClient } from '../platform/in-process-function-client.ts'
import type { FunctionClient } from '../ports/function-client.ts'
import type { Implementation } from '../sdk/actor.ts'
import { createHandler } from '../sdk/handler.ts'

/** The code of each function, by typename. */
export type Implementations = ReadonlyMap<string, Implementation>

/** Of all functions that a definition serves: its own, and those given for what it serves from URLs. */
export const implementationsOf = (
  definition: ApplicationDefinition,
  handlers: readonly Implementation[],
): Implementations => {
  const own = definition.functions.flatMap((functions) =>
    functions.kind === 'inProcess' ? functions.implementations : behind(functions, handlers),
  )
  checkServed(
    definition,
    handlers.filter((handler) => !own.includes(handler)),
  )
  return new Map(own.map((implementation) => [implementation.typename, implementation]))
}

/** The same with other code for some functions. */
export const replaced = (
  definition: ApplicationDefinition,
  before: Implementations,
  handlers: readonly Implementation[],
): Implementations => {
  checkServed(
    definition,
    handlers.filter(({ typename }) => !before.has(typename)),
  )
  return new Map([...before, ...handlers.map((handler) => [handler.typename, handler] as const)])
}

/** Serves the functions of every endpoint in this process. */
export const functionClients = (
  definition: ApplicationDefinition,
  implementations: Implementations,
): ReadonlyMap<string, FunctionClient> =>
  new Map(
    definition.functions.map(({ endpoint, typenames }) => {
      const served = typenames.flatMap((typename) => implementations.get(typename) ?? [])
      return [endpoint, inProcessFunctionClient(createHandler(served, { checkWrites: true }))] as const
    }),
  )

const checkServed = (definition: ApplicationDefinition, unserved: readonly Implementation[]): void => {
  for (const { typename } of unserved)
    throw new MillraceError(
      'FUNCTION_UNKNOWN',
      `handlers of ${typename} were given, but application "${definition.name}" serves no ${typename}: add it to functions`,
    )
}

const behind = (functions: CheckedFunctions, handlers: readonly Implementation[]): readonly Implementation[] =>
  functions.typenames.map((typename) => {
    const found = handlers.find((implementation) => implementation.typename === typename)
    if (found) return found
    throw new MillraceError(
      'FUNCTION_UNKNOWN',
      `${typename} is served at ${functions.endpoint}, and tests use no network: pass its handlers, as ` +
        'testApplication(definition, { handlers: [accountHandlers] })',
    )
  })
