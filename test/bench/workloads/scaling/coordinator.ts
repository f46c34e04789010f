import { application, endpoint, kafka, route, type RouteInput } from 'millrace/config'
import { settingsOf, topicsOf } from '../../parts/bench-parts.ts'
import { runCoordinator } from '../../parts/coordinator.ts'
import { counters } from './actors.ts'

await runCoordinator((parts) => {
  const topics = topicsOf(parts.name)
  const bound = counters.slice(0, parts.functions)
  const counterOf = (key: string) => bound[Number(key.slice('key-'.length)) % bound.length]
  return application(parts.name, {
    ingress: { events: kafka({ topic: topics.events, start: 'earliest' }) },
    routes: [
      route('events', ({ key, value }: RouteInput<Uint8Array>) =>
        key === null ? null : (counterOf(key)?.at(key).event(value) ?? null),
      ),
    ],
    functions: [endpoint(parts.handlerUrl, bound, { requestsInFlight: 4 })],
    egress: { counts: kafka({ topic: topics.counts }), deadLetters: kafka({ topic: topics.dead }) },
    ...settingsOf(parts),
  })
})
