import { application, endpoint, kafka, route } from 'millrace/config'
import { settingsOf, topicsOf } from '../../parts/bench-parts.ts'
import { runCoordinator } from '../../parts/coordinator.ts'
import { lookup } from './actor.ts'

await runCoordinator((parts) => {
  const topics = topicsOf(parts.name)
  return application(parts.name, {
    ingress: { events: kafka({ topic: topics.events, start: 'earliest' }) },
    routes: [route('events', { by: 'key', to: lookup.messages.event })],
    // Requests last as long as the slowest call in them: whoever has slow handlers allows more of them at once.
    functions: [endpoint(parts.handlerUrl, [lookup], { requestsInFlight: 64 })],
    egress: { counts: kafka({ topic: topics.counts }), deadLetters: kafka({ topic: topics.dead }) },
    ...settingsOf(parts),
  })
})
