import type { ApplicationDefinition } from '../../config/definition.ts'
import { RecentMetricsReader } from '../../coordinator/http/recent-metrics.ts'
import { statusOf } from '../../coordinator/http/status.ts'
import { MillraceError } from '../../model/errors.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { Telemetry } from '../../ports/telemetry.ts'
import type { StartedApplication } from '../start-application.ts'
import type { Feeder } from './feeder.ts'
import { LatestRecords } from './latest-records.ts'
import type { RecordsPart, StatesPart, ViewPart } from './options.ts'
import { type ShownTable, stateRows } from './state-rows.ts'

/** What the live view shows at one moment. */
export interface Seen {
  readonly status: ReturnType<typeof statusOf>
  readonly feeds: readonly { readonly topic: string; readonly position: number; readonly finished: boolean }[]
  readonly parts: readonly SeenPart[]
}

export type SeenPart = { readonly title: string } & (
  | ({ readonly kind: 'states' } & ShownTable)
  | { readonly kind: 'records'; readonly lines: readonly string[]; readonly count: number }
)

/** Looks at a running application for people: committed state, committed records, numbers. */
export class ViewSource {
  private readonly application: StartedApplication
  private readonly metrics: RecentMetricsReader
  private readonly feeders: readonly Feeder[]
  private readonly parts: readonly (StatesPart | { readonly part: RecordsPart; readonly latest: LatestRecords })[]

  constructor(
    application: StartedApplication,
    definition: ApplicationDefinition,
    view: readonly ViewPart[],
    feeders: readonly Feeder[],
    telemetry: Telemetry,
  ) {
    this.application = application
    this.metrics = new RecentMetricsReader(telemetry, systemClock)
    this.feeders = feeders
    this.parts = view.map((part) => {
      if (part.kind === 'states') return part
      const egress = definition.egresses.find(({ name }) => name === part.egress.name)
      if (egress) return { part, latest: new LatestRecords(part, egress.topic, application.log) }
      throw new MillraceError('EGRESS_UNKNOWN', `dev.view: the application has no egress ${part.egress.name}`)
    })
  }

  async look(): Promise<Seen> {
    const { running } = this.application
    const status = statusOf(running, await this.metrics.read())
    const parts: SeenPart[] = []
    for (const each of this.parts) {
      if ('latest' in each) {
        const { part, latest } = each
        await latest.read()
        parts.push({ kind: 'records', title: part.title, lines: latest.lines, count: latest.count })
      } else {
        const table = await running.read((shard) => stateRows(each, shard))
        parts.push({ kind: 'states', title: each.title, ...table })
      }
    }
    const feeds = this.feeders.map(({ topic, position, finished }) => ({ topic, position, finished }))
    return { status, feeds, parts }
  }
}
