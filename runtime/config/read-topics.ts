import type { StartPosition } from '../model/topology.ts'
import type { IngressDefinition } from './definition.ts'
import { isPlainObject } from './given-settings.ts'
import { nameKind, topicKind } from './names.ts'
import type { Problems } from './problems.ts'
import { readField, readFields } from './read-fields.ts'
import { valueTypeOf } from './value-type.ts'
import { listOf } from './setting-kinds.ts'

const startAllowed =
  "'earliest', 'latest', { date: a Date or '2026-01-31T12:00:00Z' } or { offsets: { <partition>: <offset>, … } }"
const instant = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/

const timestampOf = (date: unknown): number | undefined => {
  const ms =
    date instanceof Date ? date.getTime() : typeof date === 'string' && instant.test(date) ? Date.parse(date) : NaN
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined
}

const offsetsOf = (offsets: unknown): ReadonlyMap<number, number> | undefined => {
  if (!isPlainObject(offsets)) return undefined
  const read = new Map<number, number>()
  for (const [partition, offset] of Object.entries(offsets)) {
    if (!/^\d{1,6}$/.test(partition) || !Number.isSafeInteger(offset) || Number(offset) < 0) return undefined
    read.set(Number(partition), Number(offset))
  }
  return read.size > 0 ? read : undefined
}

const readStart = (path: string, start: unknown, topics: number, problems: Problems): StartPosition => {
  if (start === undefined || start === 'earliest') return { kind: 'earliest' }
  if (start === 'latest') return { kind: 'latest' }
  const [only, more] = isPlainObject(start) ? Object.entries(start) : []
  if (only?.[0] === 'date' && more === undefined) {
    const timestampMs = timestampOf(only[1])
    if (timestampMs !== undefined) return { kind: 'timestamp', timestampMs }
  }
  if (only?.[0] === 'offsets' && more === undefined) {
    const offsets = offsetsOf(only[1])
    if (offsets !== undefined && topics > 1)
      problems.add(`${path} names offsets for ${topics} topics; offsets need an ingress of one topic`)
    if (offsets !== undefined) return { kind: 'offsets', offsets }
  }
  problems.wrong(path, start, startAllowed)
  return { kind: 'earliest' }
}

/** The options of `kafka({ … })` at `path`, or nothing where it is something else. */
const kafkaOptions = (
  path: string,
  value: unknown,
  known: readonly string[],
  example: string,
  problems: Problems,
): Readonly<Record<string, unknown>> | undefined => {
  if (isPlainObject(value) && value['kind'] === 'kafka') return readFields(path, value['options'], known, problems)
  problems.wrong(path, value, `kafka(${example})`)
  return undefined
}

const readTopics = (
  path: string,
  options: Readonly<Record<string, unknown>>,
  problems: Problems,
): readonly string[] => {
  const { topic, topics } = options
  if (topic !== undefined && topics !== undefined)
    problems.add(`${path} has both topic and topics; one of them is allowed`)
  else if (topic === undefined && topics === undefined)
    problems.add(`${path} names no topic; topic or topics must be set`)
  else if (topics !== undefined)
    return readField(`${path}.topics`, topics, listOf(topicKind, "topics' names"), [], problems)
  else return [readField(`${path}.topic`, topic, topicKind, '', problems)]
  return []
}

/** The application file's `ingress`. A topic is read by one ingress alone, for its positions are kept once. */
export const readIngresses = (value: unknown, problems: Problems): readonly IngressDefinition[] => {
  if (value !== undefined && !isPlainObject(value))
    problems.wrong('ingress', value, 'an object of kafka({ topic }) by name')
  const readBy = new Map<string, string>()
  return Object.entries(isPlainObject(value) ? value : {}).map(([name, given]) => {
    const path = `ingress.${name}`
    readField(`the name of ${path}`, name, nameKind, name, problems)
    const known = ['topic', 'topics', 'value', 'start']
    const options = kafkaOptions(path, given, known, '{ topic, value, start }', problems)
    if (options === undefined) return { name, topics: [], start: { kind: 'earliest' }, value: undefined }
    const topics = readTopics(path, options, problems)
    for (const topic of topics) {
      const other = readBy.get(topic)
      if (other !== undefined)
        problems.add(`${path} reads topic ${topic}, which ingress.${other} reads; one ingress may`)
      readBy.set(topic, name)
    }
    const type = options['value'] === undefined ? undefined : valueTypeOf(options['value'], `ingress.${name}`)
    if (type === undefined && options['value'] !== undefined)
      problems.wrong(
        `${path}.value`,
        options['value'],
        "a type of millrace, as json('bank/Transfer'), or a Standard Schema",
      )
    return { name, topics, start: readStart(`${path}.start`, options['start'], topics.length, problems), value: type }
  })
}

/** The application file's `egress`: topics by name. */
export const readEgresses = (value: unknown, problems: Problems): readonly { name: string; topic: string }[] => {
  if (value !== undefined && !isPlainObject(value))
    problems.wrong('egress', value, 'an object of kafka({ topic }) by name')
  return Object.entries(isPlainObject(value) ? value : {}).map(([name, given]) => {
    const path = `egress.${name}`
    readField(`the name of ${path}`, name, nameKind, name, problems)
    const options = kafkaOptions(path, given, ['topic'], '{ topic }', problems)
    if (options === undefined) return { name, topic: '' }
    if (options['topic'] === undefined) problems.add(`${path} names no topic; topic must be set`)
    return { name, topic: readField(`${path}.topic`, options['topic'], topicKind, '', problems) }
  })
}
