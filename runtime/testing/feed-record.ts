import type { ApplicationDefinition, IngressDefinition } from '../config/definition.ts'
import { utf8Encode } from '../model/bytes.ts'
import { MillraceError } from '../model/errors.ts'
import { keyOfId } from '../model/record-key.ts'
import type { ProducedRecord } from '../ports/transactional-log.ts'
import { decodeValue, encodeValue } from '../sdk/coding.ts'

/** A record to be fed to an ingress. */
export interface FedRecord {
  readonly key?: string | Uint8Array | null
  /** Encoded by the ingress's type; bytes are taken as they are, whatever the type, and so is null. */
  readonly value: unknown
  readonly headers?: ReadonlyArray<readonly [name: string, value: string | Uint8Array | null]>
  /** Now unless given. */
  readonly timestamp?: Date
}

/** Where a fed record goes: the ingress is named, or its topic is. */
export const fedTopic = (
  definition: ApplicationDefinition,
  name: string,
): { readonly topic: string; readonly ingress: IngressDefinition } => {
  const { ingresses } = definition
  const named = ingresses.find((ingress) => ingress.name === name)
  const ingress = named ?? ingresses.find(({ topics }) => topics.includes(name))
  const [first, ...others] = ingress?.topics ?? []
  if (ingress && first !== undefined && (!named || others.length === 0)) return { ingress, topic: named ? first : name }
  if (ingress)
    throw new MillraceError('INGRESS_UNKNOWN', `ingress ${name} reads ${ingress.topics.join(', ')}: name one of them`)
  const known = ingresses.map((each) => each.name).join(', ')
  throw new MillraceError(
    'INGRESS_UNKNOWN',
    `there is no ingress or topic '${name}'` +
      (known === ''
        ? ': an application of handlers alone has none; pass an application definition, or use send'
        : `; application "${definition.name}" has: ${known}`),
  )
}

export const fedRecord = (ingress: IngressDefinition, record: FedRecord, nowMs: number): ProducedRecord => {
  const { key, value, headers = [], timestamp } = record
  return {
    key: typeof key === 'string' ? keyOfId(key) : (key ?? null),
    value: value === null || value instanceof Uint8Array ? value : encoded(ingress, value),
    headers: headers.map(([name, text]) => [name, typeof text === 'string' ? utf8Encode(text) : text] as const),
    timestampMs: timestamp?.getTime() ?? nowMs,
  }
}

const encoded = ({ name, value: type }: IngressDefinition, value: unknown): Uint8Array => {
  if (type) {
    const what = `a record for ingress ${name}`
    const bytes = encodeValue(type, value, what)
    // Schemas validate what they read.
    decodeValue(type, bytes, what)
    return bytes
  }
  if (typeof value === 'string') return utf8Encode(value)
  throw new MillraceError('VALUE_INVALID', `ingress ${name} declares no value: feed it bytes or a text`)
}
