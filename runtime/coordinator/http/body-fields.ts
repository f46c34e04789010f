import { utf8Decode } from '../../model/bytes.ts'
import { HttpError } from './http-error.ts'
import type { BodyReader } from './read-body.ts'

const wrong = (message: string): HttpError => new HttpError(400, 'VALUE_INVALID', message)

/** The fields of a JSON object that a request brought. Each getter throws a 400 that names the field. */
export class BodyFields {
  private readonly fields: ReadonlyMap<string, unknown>

  constructor(fields: ReadonlyMap<string, unknown>) {
    this.fields = fields
  }

  text(name: string): string {
    const value = this.fields.get(name)
    if (typeof value === 'string' && value !== '') return value
    throw wrong(`the body's ${name} must be a text`)
  }

  flag(name: string): boolean {
    const value = this.fields.get(name)
    if (value === undefined || typeof value === 'boolean') return value ?? false
    throw wrong(`the body's ${name} must be true or false`)
  }

  list(name: string, max: number): readonly unknown[] {
    const value: unknown = this.fields.get(name)
    if (Array.isArray(value) && value.length > 0 && value.length <= max) return value
    throw wrong(`the body's ${name} must be a list of 1 to ${max}`)
  }

  /** Whatever it is, but not left out. */
  given(name: string): unknown {
    const value = this.fields.get(name)
    if (value !== undefined) return value
    throw wrong(`the body lacks ${name}`)
  }
}

/** Reads a body that must be a JSON object with no other fields than these. */
export const bodyFields = async (
  bodies: BodyReader,
  request: Request,
  allowed: readonly string[],
): Promise<BodyFields> => {
  const body = await bodies.read(request)
  let json: unknown
  try {
    json = JSON.parse(utf8Decode(body))
  } catch {
    throw wrong('the body is not JSON')
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw wrong(`the body must be a JSON object with ${allowed.join(', ')}`)
  const fields = new Map<string, unknown>(Object.entries(json))
  for (const name of fields.keys())
    if (!allowed.includes(name)) throw wrong(`the body has ${name.slice(0, 100)}; allowed are ${allowed.join(', ')}`)
  return new BodyFields(fields)
}
