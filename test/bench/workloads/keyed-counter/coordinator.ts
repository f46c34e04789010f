import { application, endpoint, kafka, route } from 'millrace/config'
import { settingsOf, topicsOf } from '../../parts/bench-parts.ts'
import { runCoordinator } from '../../parts/coordinator.ts'
import { counter } from './actor.ts'

await runCoordinator((parts) => {
  const topics = topicsOf(parts.name)
  return application(parts.name, {
    ingress: { events: kafka({ topic: topics.events, start: 'earliest' }) },
    routes: [route('events', { by: 'key', to: counter.messages.event })],
    functions: [endpoint(parts.handlerUrl, [counter], { requestsInFlight: 4 })],
    egress: { counts: kafka({ topic: topics.counts }), deadLetters: kafka({ topic: topics.dead }) },
    // Only the poisoned case has handlers that fail.
    failure: { attemptsMax: 3, onFailure: 'park' },
    ...settingsOf(parts),
  })
})
