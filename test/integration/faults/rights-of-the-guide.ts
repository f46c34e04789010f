import {
  type Admin,
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
  type AclEntry,
} from 'kafkajs'
import { readFile } from 'node:fs/promises'
import type { FaultApplication } from './fault-world.ts'

/** What a user may do, as the guide's table of rights says it. */
export interface Right {
  readonly on: string
  readonly operation: Operation
}
type Operation = keyof typeof operations

const operations = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Create: AclOperationTypes.CREATE,
} as const

type Resource = readonly [type: AclResourceTypes, name: string, pattern: ResourcePatternTypes]
const { TOPIC, GROUP, TRANSACTIONAL_ID } = AclResourceTypes
const { LITERAL, PREFIXED } = ResourcePatternTypes

/** What the rows of the table mean for an application of these tests. */
const resources: Readonly<Record<string, (app: FaultApplication) => readonly Resource[]>> = {
  'the topics of ingresses': ({ input }) => [[TOPIC, input, LITERAL]],
  'the topics of egresses, the topic of dead letters': ({ output, dead }) =>
    [output, dead].map((name) => [TOPIC, name, LITERAL] as const),
  'topics `<application>.millrace*`': ({ name }) => [[TOPIC, `${name}.millrace`, PREFIXED]],
  'transactional ids `millrace*`': () => [[TRANSACTIONAL_ID, 'millrace', PREFIXED]],
  'group `<application>`, for tools that watch its lag': ({ name }) => [[GROUP, name, LITERAL]],
  'the topic of dead letters, for `millrace dead-letters`': ({ dead }) => [[TOPIC, dead, LITERAL]],
}

/** Settings of a broker that asks for rights. What is not logged in is the broker itself and the tests, and may all. */
export const authorizing = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
}

export const rightsOfTheGuide = async (): Promise<readonly Right[]> => {
  const guide = await readFile('docs/guide/connect-kafka-and-s3.md', 'utf8')
  const [, table] = /Rights that the user needs[^|]*\n\n((?:\|.*\n)+)/.exec(guide) ?? []
  if (table === undefined) throw new Error('the guide has no table of rights')
  const rows = table
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => row.split('|').map((cell) => cell.trim()))
  return rows.flatMap(([, on = '', names = '']) => names.split(', ').map((name) => rightOf(on, name)))
}

const rightOf = (on: string, operation: string): Right => {
  if (!Object.hasOwn(resources, on)) throw new Error(`nothing here says what the guide means by "${on}"`)
  if (!isOperation(operation)) throw new Error(`the guide names an operation that is not known here: ${operation}`)
  return { on, operation }
}
const isOperation = (name: string): name is Operation => Object.hasOwn(operations, name)

/** Gives a user these rights and no others, at once: what he keeps is never taken away for a moment. */
export const allow = async (admin: Admin, user: string, app: FaultApplication, rights: readonly Right[]) => {
  const wanted = rights.flatMap((right) => aclsOf(user, app, right))
  const known = await aclsNow(admin, user)
  const [missing, surplus] = [without(wanted, known), without(known, wanted)]
  if (missing.length > 0) await admin.createAcls({ acl: missing })
  if (surplus.length > 0) await admin.deleteAcls({ filters: surplus })
  // The broker learns of them a moment after they are decided.
  for (;;) {
    const now = await aclsNow(admin, user)
    if (without(wanted, now).length + without(now, wanted).length === 0) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const without = (some: readonly AclEntry[], others: readonly AclEntry[]): AclEntry[] => {
  const names = new Set(others.map(nameOf))
  return some.filter((acl) => !names.has(nameOf(acl)))
}
const nameOf = (acl: AclEntry): string =>
  JSON.stringify([acl.resourceType, acl.resourceName, acl.resourcePatternType, acl.operation])

const aclsNow = async (admin: Admin, user: string): Promise<readonly AclEntry[]> => {
  const { resources } = await admin.describeAcls({
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    principal: `User:${user}`,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  })
  return resources.flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...resource, ...acl })))
}

const aclsOf = (user: string, app: FaultApplication, { on, operation }: Right): AclEntry[] =>
  resources[on]!(app).map(([resourceType, resourceName, resourcePatternType]) => ({
    resourceType,
    resourceName,
    resourcePatternType,
    principal: `User:${user}`,
    host: '*',
    operation: operations[operation],
    permissionType: AclPermissionTypes.ALLOW,
  }))
