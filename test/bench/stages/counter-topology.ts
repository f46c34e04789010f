import { application, endpoint, kafka, route, s3 } from 'millrace/config'
import { compile } from '../../../runtime/config/compile.ts'
import type { Topology } from '../../../runtime/model/topology.ts'
import { counter } from '../workloads/keyed-counter/actor.ts'

/** The application of keyed-counter as a coordinator runs it; nobody is at its addresses. */
export const counterTopology = (): Topology =>
  compile(
    application('stages', {
      ingress: { events: kafka({ topic: 'events', start: 'earliest' }) },
      routes: [route('events', { by: 'key', to: counter.messages.event })],
      functions: [endpoint('http://127.0.0.1:1', [counter])],
      egress: { counts: kafka({ topic: 'counts' }), deadLetters: kafka({ topic: 'dead' }) },
      kafka: { brokers: ['127.0.0.1:1'] },
      storage: s3({ bucket: 'none' }),
    }),
  )
