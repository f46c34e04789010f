import { application } from '../config/application.ts'
import type { ApplicationDefinition } from '../config/definition.ts'
import { inProcess } from '../config/functions.ts'
import { kafka } from '../config/kafka.ts'
import type { Implementation } from '../sdk/actor.ts'
import type { Egress } from '../sdk/egress.ts'
import { TestApplication } from './test-application.ts'
import { testWorld } from './test-world.ts'

interface CommonOptions {
  /** When time begins; 1 January 2030 unless given. */
  readonly startAt?: Date
  /** Decides what is random, which is how long a failed message waits for its next attempt. */
  readonly seed?: number | string
}

export interface HandlersTestOptions extends CommonOptions {
  /** What the handlers emit to. */
  readonly egress?: readonly Egress<unknown>[]
}

export interface DefinitionTestOptions extends CommonOptions {
  /** Of the functions that the definition serves from URLs: tests use no network. */
  readonly handlers?: readonly Implementation[]
}

/**
 * Runs functions in this process, as in production but for the network: see `TestApplication`.
 * @example
 * await using app = testApplication([accountHandlers], { egress: [alerts] })
 * await app.send(account.at('bob').deposit(10))
 * expect(app.state(account.at('bob')).balance).toBe(10)
 */
export function testApplication(handlers: readonly Implementation[], options?: HandlersTestOptions): TestApplication
/**
 * Runs a whole application, its routes and egresses included.
 * @example const app = testApplication(bank, { handlers: [accountHandlers] })
 */
export function testApplication(definition: ApplicationDefinition, options?: DefinitionTestOptions): TestApplication
export function testApplication(
  tested: ApplicationDefinition | readonly Implementation[],
  options: HandlersTestOptions & DefinitionTestOptions = {},
): TestApplication {
  const { egress = [], handlers = [], seed = 1, startAt } = options
  const definition = 'kind' in tested ? tested : ofHandlers(tested, egress)
  return new TestApplication(definition, testWorld(definition, handlers, seed, startAt?.getTime()))
}

const ofHandlers = (handlers: readonly Implementation[], egresses: readonly Egress<unknown>[]): ApplicationDefinition =>
  application('test', {
    functions: [inProcess(handlers)],
    egress: Object.fromEntries(egresses.map(({ name }) => [name, kafka({ topic: name })])),
  })
