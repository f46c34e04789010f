import type { Limits } from '../../model/limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { RowFiles } from '../../ports/row-files.ts'
import type { Telemetry } from '../../ports/telemetry.ts'
import type { RunningCoordinator } from '../running.ts'

/** The coordinator, once it has started. The port is bound before, so that a start that cannot bind fails early. */
export type CoordinatorHolder = () => RunningCoordinator | undefined

/** A page that is served at `/`, with what its browser shall let it do. */
export interface Page {
  readonly html: string
  readonly contentSecurityPolicy: string
}

export interface HttpAppOptions {
  /** Shown on the status page. */
  readonly application: string
  /** Where the app will listen: decides whether a token is needed. */
  readonly bindHost: string
  /** Asked of every request but for /, /health and /ready. Needed where `bindHost` is not loopback. */
  readonly token?: string | undefined
  /** How long /call, /send and admin reads wait before they answer 504. */
  readonly callTimeoutMs: number
  readonly limits: Limits
  /** The one that the coordinator counts with. */
  readonly telemetry: Telemetry
  readonly clock: Clock
  /** What savepoints are written in: none are taken unless given. */
  readonly savepointFormat?: RowFiles | undefined
  /** What is served at `/`: nothing unless given. */
  readonly page?: Page | undefined
}
