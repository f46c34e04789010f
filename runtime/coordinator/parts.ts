import type { Clock } from '../ports/clock.ts'
import type { FunctionClient, LocalFunctions } from '../ports/function-client.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { Random } from '../ports/random.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { TransactionalLog } from '../ports/transactional-log.ts'

/** What a coordinator works with; each is an implementation of a port. */
export interface Parts {
  readonly clock: Clock
  readonly random: Random
  readonly store: ObjectStore
  readonly kafka: TransactionalLog
  /** By the name of the endpoint in the topology's bindings. */
  readonly clients: ReadonlyMap<string, FunctionClient | LocalFunctions>
  readonly telemetry: Telemetry
}
