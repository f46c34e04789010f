import { type Admin, Kafka, logLevel } from 'kafkajs'
import { actor, bytes, egress, int, value } from 'millrace'
import { application, inProcess, kafka, resolveSettings } from 'millrace/config'
import { expect } from 'vitest'
import { type RunningKafka, startKafka } from '../../../infra/local/kafka.ts'
import { type RunningMinio, startMinio } from '../../../infra/local/minio.ts'
import { type CommittedRecord, readCommitted } from '../../../infra/local/read-committed.ts'
import { type StartedApplication, startApplication } from '../../../runtime/cli/start-application.ts'
import { eventLog } from '../../../runtime/platform/event-log.ts'
import { prometheusTelemetry } from '../../../runtime/platform/telemetry.ts'
import { createTopics } from '../support/create-topics.ts'
import { startProducer } from '../support/producer.ts'

const out = egress('out', bytes)
export const echo = actor('fault/echo', {
  state: { count: value(int, { initial: 0 }) },
  messages: { hear: bytes },
  failure: { attempts: 3, firstDelay: 5, maxDelay: 20 },
})
/** Emits each record as it came, under the record's own key. */
const echoHandlers = echo.handle({
  hear(ctx, said) {
    ctx.state.count += 1
    ctx.emit(out, { key: ctx.record?.key ?? ctx.id, value: said })
  },
})

const partitions = 2
export const faultsBucket = 'faults'

/** An application with topics of its own on the Kafka and the store of a test file. */
export class FaultApplication {
  readonly name: string
  readonly input: string
  readonly output: string
  readonly dead: string
  /** What its coordinators have logged. */
  readonly log: string[] = []
  private readonly world: FaultWorld
  private readonly started: StartedApplication[] = []

  constructor(world: FaultWorld, name: string) {
    this.world = world
    this.name = name
    this.input = `${name}-in`
    this.output = `${name}-out`
    this.dead = `${name}-dead`
  }

  /** Starts a coordinator. Variables of the environment change what it is told. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<StartedApplication> {
    const definition = application(this.name, {
      ingress: { input: kafka({ topic: this.input, value: bytes }) },
      routes: (route) => [route('input', { by: 'key', to: echo.messages.hear })],
      functions: [inProcess([echoHandlers])],
      egress: { out: kafka({ topic: this.output }), deadLetters: kafka({ topic: this.dead }) },
    })
    const { settings } = resolveSettings(definition, { ...this.world.env, ...env })
    const write = (line: string): void => void this.log.push(line)
    const telemetry = prometheusTelemetry(eventLog({ level: 'info', format: 'json', write }))
    const started = await startApplication({
      definition,
      settings,
      env: {},
      telemetry,
      create: true,
      topics: undefined,
    })
    // A test that waits for the end sees it; for the others it is no unhandled rejection.
    started.running.ended.catch(() => undefined)
    this.started.push(started)
    return started
  }

  async stop(started: StartedApplication): Promise<void> {
    started.running.drain()
    await started.running.ended.catch(() => undefined)
    await started.close()
  }

  async stopAll(): Promise<void> {
    for (const started of this.started) await this.stop(started)
  }

  /** Writes to one partition, under one key: what comes of it comes in order. */
  async feed(values: readonly string[]): Promise<void> {
    const producer = await startProducer(this.world.kafka.brokers)
    producer.write(values.map((value) => ({ topic: this.input, partition: 0, key: 'k', value })))
    expect(await producer.flush()).toBe(values.length)
    await producer.close()
  }

  /** Waits until so many records are out, and answers them all. */
  async outputs(count: number): Promise<CommittedRecord[]> {
    return this.settled(this.output, count)
  }

  async deadLetters(count: number): Promise<CommittedRecord[]> {
    return this.settled(this.dead, count)
  }

  private async settled(topic: string, count: number): Promise<CommittedRecord[]> {
    const deadline = Date.now() + 60_000
    for (;;) {
      const records = await readCommitted(this.world.kafka.brokers, topic)
      if (records.length >= count) return records
      if (Date.now() > deadline)
        throw new Error(`${topic} has ${records.length} of ${count} records after a minute:\n${this.log.join('')}`)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

/** A Kafka with secured listeners and a store, for the tests of one file. */
export class FaultWorld {
  readonly kafka: RunningKafka
  readonly minio: RunningMinio
  readonly admin: Admin
  private readonly applications: FaultApplication[] = []

  /** `properties` are further settings of the broker. */
  static async start(properties: Readonly<Record<string, string>> = {}): Promise<FaultWorld> {
    const [running, minio] = await Promise.all([startKafka({ heapMb: 512, secure: true, properties }), startMinio()])
    await minio.createBucket(faultsBucket)
    const admin = new Kafka({ brokers: [running.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    return new FaultWorld(running, minio, admin)
  }

  private constructor(running: RunningKafka, minio: RunningMinio, admin: Admin) {
    this.kafka = running
    this.minio = minio
    this.admin = admin
  }

  /** The settings of all applications here. */
  get env(): Record<string, string> {
    return {
      MILLRACE_KAFKA_BROKERS: this.kafka.brokers,
      MILLRACE_STORAGE_BUCKET: faultsBucket,
      MILLRACE_STORAGE_ENDPOINT: this.minio.endpoint,
      MILLRACE_STORAGE_CREDENTIALS_ACCESS_KEY_ID: this.minio.accessKey,
      MILLRACE_STORAGE_CREDENTIALS_SECRET_ACCESS_KEY: this.minio.secretKey,
      MILLRACE_STORAGE_REQUEST_TIMEOUT: '3s',
      MILLRACE_SHUTDOWN_DEADLINE: '5s',
      MILLRACE_HTTP_PORT: '0',
    }
  }

  async application(name: string): Promise<FaultApplication> {
    const made = new FaultApplication(this, name)
    this.applications.push(made)
    await createTopics(this.kafka.brokers, [made.input, made.output, made.dead], partitions)
    return made
  }

  async stop(): Promise<void> {
    for (const one of this.applications) await one.stopAll()
    await this.admin.disconnect()
    await Promise.all([this.kafka.stop(), this.minio.stop()])
  }
}
