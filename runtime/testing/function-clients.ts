import type { ApplicationDefinition, CheckedFunctions } from '../config/definition.ts'
import { MillraceError } from '../model/errors.ts'
import { inProcessFunctionClient } from '../platform/in-process-function-client.ts'
import type { FunctionClient } from '../ports/function-client.ts'
import type { Implementation } from '../sdk/actor.ts'
import { createHandler } from '../sdk/handler.ts'

/** Serves the functions of every endpoint in this process; those behind URLs by the handlers given here. */
export const functionClients = (
  definition: ApplicationDefinition,
  handlers: readonly Implementation[],
): ReadonlyMap<string, FunctionClient> => {
  const unused = new Set(handlers)
  const clients = new Map<string, FunctionClient>()
  for (const functions of definition.functions) {
    const served = functions.kind === 'inProcess' ? functions.implementations : behind(functions, handlers)
    for (const implementation of served) unused.delete(implementation)
    clients.set(functions.endpoint, inProcessFunctionClient(createHandler(served, { checkWrites: true })))
  }
  for (const { typename } of unused)
    throw new MillraceError(
      'FUNCTION_UNKNOWN',
      `handlers of ${typename} were given, but application "${definition.name}" serves no ${typename}: add it to functions`,
    )
  return clients
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
