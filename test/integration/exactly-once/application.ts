import { application, endpoint, kafka } from 'millrace/config'
import { json } from 'millrace'
import { desk, ledger, totals, type FlowEvent } from './actors.ts'

const url = process.env['FLOW_FUNCTIONS'] ?? 'http://127.0.0.1:8787'

export default application('flow', {
  ingress: { events: kafka({ topic: 'events', value: json<FlowEvent>('flow/event') }) },
  routes: (route) => [route('events', { by: 'key', to: ledger.messages.event })],
  functions: [
    endpoint(url, [ledger, totals, desk], { timeout: '2500ms', addressesPerRequest: 60, requestsInFlight: 6 }),
  ],
  egress: {
    out: kafka({ topic: 'out' }),
    totals: kafka({ topic: 'totals' }),
    reminders: kafka({ topic: 'reminders' }),
    notes: kafka({ topic: 'notes' }),
    disorder: kafka({ topic: 'disorder' }),
    deadLetters: kafka({ topic: 'dead' }),
  },
  // Small, so that checkpoints, trimming and recovery from checkpoints happen all the time.
  checkpoint: { windowsMax: 60 },
  // And maps go to handlers in part, unless many messages go with them.
  limits: { messagesPerAddressMax: 25, wholeMapBytesMax: 20 },
})
