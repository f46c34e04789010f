import { application, endpoint, kafka } from 'millrace/config'
import { settingsOf, topicsOf } from '../../parts/bench-parts.ts'
import { runCoordinator } from '../../parts/coordinator.ts'
import { account } from './actor.ts'

await runCoordinator((parts) =>
  application(parts.name, {
    functions: [endpoint(parts.handlerUrl, [account], { requestsInFlight: 4 })],
    egress: { deadLetters: kafka({ topic: topicsOf(parts.name).dead }) },
    ...settingsOf(parts),
  }),
)
