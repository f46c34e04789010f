import { httpApp } from '../coordinator/http/http-app.ts'
import type { RunningCoordinator } from '../coordinator/running.ts'
import type { Settings } from '../config/settings.ts'
import { statusPage } from '../dashboard/status-page.ts'
import { type HttpServer, listen } from '../platform/http-server.ts'
import { parquetFiles } from '../platform/parquet.ts'
import { systemClock } from '../platform/system-clock.ts'
import type { Telemetry } from '../ports/telemetry.ts'

/** Binds the port; until `running` answers a coordinator, requests are told to come again. */
export const openHttp = (
  settings: Settings,
  telemetry: Telemetry,
  running: () => RunningCoordinator | undefined,
): Promise<HttpServer> => {
  const { application, http, limits } = settings
  const { host, port, token, callTimeoutMs } = http
  const app = httpApp(running, {
    application,
    bindHost: host,
    token,
    callTimeoutMs,
    limits,
    telemetry,
    clock: systemClock,
    savepointFormat: parquetFiles,
    page: statusPage,
  })
  return listen(app, { host, port })
}
