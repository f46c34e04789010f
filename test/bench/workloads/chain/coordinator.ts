import { application, endpoint, kafka, route } from 'millrace/config'
import { settingsOf, topicsOf } from '../../parts/bench-parts.ts'
import { runCoordinator } from '../../parts/coordinator.ts'
import { customer, order, stock } from './actors.ts'

await runCoordinator((parts) => {
  const topics = topicsOf(parts.name)
  return application(parts.name, {
    ingress: { events: kafka({ topic: topics.events, start: 'earliest' }) },
    routes: [route('events', { by: 'key', to: order.messages.place })],
    functions: [endpoint(parts.handlerUrl, [order, stock, customer], { requestsInFlight: 4 })],
    egress: { counts: kafka({ topic: topics.counts }), deadLetters: kafka({ topic: topics.dead }) },
    ...settingsOf(parts),
  })
})
