import { MillraceError } from '../model/errors.ts'

/** A place in JSON that came from outside. What is not as asked for is a MillraceError ENDPOINT_PROTOCOL with its path. */
export class Json {
  readonly value: unknown
  readonly path: string

  constructor(value: unknown, path: string) {
    this.value = value
    this.path = path
  }

  wrong(wanted: string): MillraceError {
    const found = this.value === undefined ? 'nothing' : (JSON.stringify(this.value) ?? String(this.value))
    return new MillraceError('ENDPOINT_PROTOCOL', `${this.path}: ${wanted} wanted, ${found.slice(0, 100)} found`)
  }

  /** A property of an object. */
  at(property: string): Json {
    const { value } = this
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.wrong('an object')
    const entry = Object.getOwnPropertyDescriptor(value, property)
    return new Json(entry?.value, `${this.path}.${property}`)
  }

  /** A property that may be absent or null. */
  maybe(property: string): Json | undefined {
    const json = this.at(property)
    return json.value == null ? undefined : json
  }

  list(lengthMax: number): Json[] {
    const { value } = this
    if (!Array.isArray(value)) throw this.wrong('a list')
    if (value.length > lengthMax) throw this.wrong(`a list of at most ${lengthMax}`)
    return value.map((item: unknown, index) => new Json(item, `${this.path}[${index}]`))
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.wrong('a text')
    return this.value
  }

  /** A text that is not empty and not too long to be one of ours. */
  name(): string {
    const text = this.text()
    if (text === '' || text.length > 1024) throw this.wrong('a text of 1 to 1024 characters')
    return text
  }

  flag(): boolean {
    if (typeof this.value !== 'boolean') throw this.wrong('true or false')
    return this.value
  }

  whole(min: number): number {
    const { value } = this
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min)
      throw this.wrong(`a whole number from ${min}`)
    return value
  }

  oneOf<const T extends string>(allowed: readonly T[]): T {
    const found = allowed.find((one) => one === this.value)
    if (found === undefined) throw this.wrong(allowed.map((one) => `"${one}"`).join(' or '))
    return found
  }
}
