import type { ApplicationDefinition } from '../../config/definition.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { Telemetry } from '../../ports/telemetry.ts'
import type { StartedApplication } from '../start-application.ts'
import { Feeder } from './feeder.ts'
import type { LiveView } from './live-view.ts'
import type { DevOptions } from './options.ts'
import { ViewSource } from './view-source.ts'

/** What `millrace dev` does while an application runs: feeds it and shows it. */
export class DevSession {
  private readonly options: DevOptions
  private readonly view: LiveView
  private feeders: readonly Feeder[] = []
  private fed: Promise<unknown> = Promise.resolve()

  constructor(options: DevOptions, view: LiveView) {
    this.options = options
    this.view = view
  }

  start(application: StartedApplication, definition: ApplicationDefinition, telemetry: Telemetry): void {
    const { feeds, view } = this.options
    this.feeders = feeds.map((feed) => new Feeder(feed, application.log, systemClock, telemetry.log))
    this.fed = Promise.all(this.feeders.map((feeder) => feeder.run()))
    const source = new ViewSource(application, definition, view, this.feeders, telemetry)
    this.view.start({ application: definition.name, url: application.url, look: () => source.look() })
  }

  stop(): void {
    for (const feeder of this.feeders) feeder.stop()
    void this.view.stop()
  }

  /** After `stop`: resolves when nothing of it uses the log any more. */
  async ended(): Promise<void> {
    await this.fed
  }
}
