import { systemRandom } from '../platform/system-random.ts'
import { randomId } from '../ports/random.ts'

/** A key of 256 bits under a random name, as MILLRACE_SIGNING_KEYS takes it. */
export const newSigningKey = (): string =>
  `${randomId(systemRandom).slice(0, 8)}:${randomId(systemRandom)}${randomId(systemRandom)}`
