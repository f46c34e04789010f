import { application, endpoint, kafka, route, s3 } from 'millrace/config'
import { profile } from '../state-recovery/actor.ts'
import { counter } from './actor.ts'

const actors = { counter, profiles: profile }

/** Where the parts of a run are. */
export interface BenchParts {
  readonly brokers: string
  readonly s3: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string }
  readonly bucket: string
  readonly handlerUrl: string
  readonly application: keyof typeof actors
  /** Tells the runs apart. */
  readonly name: string
}

export const topicsOf = (name: string): { events: string; counts: string; dead: string } => ({
  events: `${name}-events`,
  counts: `${name}-counts`,
  dead: `${name}-dead`,
})

/** The application that is measured, as a user would write it. */
export const benchApplication = (parts: BenchParts): ReturnType<typeof application> => {
  const topics = topicsOf(parts.name)
  const actor = actors[parts.application]
  const credentials = { accessKeyId: parts.s3.accessKey, secretAccessKey: parts.s3.secretKey }
  return application(parts.name, {
    ingress: { events: kafka({ topic: topics.events, start: 'earliest' }) },
    routes: [route('events', { by: 'key', to: actor.messages.event })],
    functions: [endpoint(parts.handlerUrl, [actor], { requestsInFlight: 4 })],
    egress: { counts: kafka({ topic: topics.counts }), deadLetters: kafka({ topic: topics.dead }) },
    kafka: { brokers: [parts.brokers] },
    // Only the poisoned case has handlers that fail.
    failure: { attemptsMax: 3, onFailure: 'park' },
    storage: s3({ bucket: parts.bucket, endpoint: parts.s3.endpoint, region: 'us-east-1', credentials }),
  })
}
