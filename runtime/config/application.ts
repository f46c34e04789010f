import type { ApplicationDefinition } from './definition.ts'
import type { FunctionsDefinition } from './functions.ts'
import { readSettings, settingSections } from './given-settings.ts'
import type { KafkaTopics } from './kafka.ts'
import { nameKind } from './names.ts'
import { Problems } from './problems.ts'
import { readField, readFields } from './read-fields.ts'
import { readFunctions } from './read-functions.ts'
import { readRoutes } from './read-routes.ts'
import { readEgresses, readIngresses } from './read-topics.ts'
import type { RouteDefinition, RouteFunction, RouteTarget } from './route.ts'
import type { SettingSections } from './setting-sections.ts'

type Ingresses = Readonly<Record<string, KafkaTopics<unknown>>>
type ValueOf<T> = T extends KafkaTopics<infer V> ? V : never
type RouteOf<I extends Ingresses> = { [N in keyof I & string]: RouteDefinition<N, ValueOf<I[N]>> }[keyof I & string]

/** `route` for the ingresses of one application: its functions know their values. */
export interface RouteMaker<I extends Ingresses> {
  <N extends keyof I & string>(ingress: N, target: RouteTarget): RouteDefinition<N, unknown>
  <N extends keyof I & string>(ingress: N, messagesOf: RouteFunction<ValueOf<I[N]>>): RouteDefinition<N, ValueOf<I[N]>>
}

/** What flows from where to where, and the settings. */
export interface ApplicationParts<I extends Ingresses> extends SettingSections {
  readonly ingress?: I
  /** A list, or a function of `route` that answers one: there the routes know the ingresses' values. */
  readonly routes?: readonly RouteOf<I>[] | ((route: RouteMaker<I>) => readonly RouteOf<I>[])
  /** Who serves the functions. Each is served in one place. */
  readonly functions: readonly FunctionsDefinition[]
  /**
   * By the name in the SDK's `egress`. `deadLetters` is where what failed for good goes: `<application>.dead-letters`.
   */
  readonly egress?: Readonly<Record<string, KafkaTopics<unknown>>>
}

const deadLetters = 'deadLetters'
const topologyNames = ['ingress', 'routes', 'functions', 'egress']

/**
 * Declares an application: the one file that says what flows from where to where.
 * @throws a MillraceError SETTING_INVALID with a line for each thing that is wrong: its name, its value, what is
 * allowed
 * @example
 * export default application('bank', {
 *   ingress: { transfers: kafka({ topic: 'transfers', value: Transfer }) },
 *   routes: (route) => [route('transfers', ({ value }) => account.at(value.to).deposit(value.amount))],
 *   functions: [endpoint('http://127.0.0.1:8787', [account])],
 *   egress: { alerts: kafka({ topic: 'alerts' }) },
 *   storage: s3({ bucket: 'bank' }),
 * })
 */
export const application = <const I extends Ingresses = Readonly<Record<never, never>>>(
  name: string,
  parts: ApplicationParts<I>,
): ApplicationDefinition => {
  const problems = new Problems()
  readField("the application's name", name, nameKind, name, problems)
  const fields = readFields('', parts, [...topologyNames, ...settingSections], problems)
  const ingresses = readIngresses(fields['ingress'], problems)
  const egresses = readEgresses(fields['egress'], problems)
  const { functions, contracts } = readFunctions(fields['functions'], problems)
  const routes = readRoutes(fields['routes'], ingresses, contracts, problems)
  const given = readSettings(fields, problems)
  const deadLetterTopic = egresses.find((egress) => egress.name === deadLetters)?.topic ?? `${name}.dead-letters`
  for (const ingress of ingresses)
    if (ingress.topics.includes(deadLetterTopic))
      problems.add(
        `ingress.${ingress.name} reads ${deadLetterTopic}, its own dead letters: what fails would come back for ever`,
      )
  problems.throwIfAny(`application "${name}"`)
  const named = egresses.filter((egress) => egress.name !== deadLetters)
  return { kind: 'application', name, ingresses, routes, egresses: named, deadLetterTopic, functions, contracts, given }
}
