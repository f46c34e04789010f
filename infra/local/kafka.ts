import { mkdir, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Component, startComponent } from './component.ts'
import { kafkaClasspath, kafkaMissing } from './kafka-part.ts'
import { type KafkaListener, kafkaProperties } from './kafka-properties.ts'
import { type SecureKafka, secureListeners } from './kafka-secure.ts'
import { accepts, freePorts, isFree } from './ports.ts'
import { runTool } from './run-tool.ts'
import { tempData } from './temp-data.ts'

export interface KafkaOptions {
  /** Where the node keeps its data; a folder that holds a node's data is continued. Default: a temporary one, removed when this process ends. */
  readonly dataDir?: string
  /** Default or 0: a free one. */
  readonly port?: number
  /** Adds a SASL_PLAINTEXT listener with SCRAM and a TLS listener. */
  readonly secure?: boolean
  /** Adds a listener whose clients are told to come back through a proxy on `listenPort`. */
  readonly faultyVia?: { readonly listenPort: number }
  /** The JVM's heap; default 1024. 512 is enough for tests. */
  readonly heapMb?: number
  /** Further broker settings, e.g. `{ 'message.max.bytes': '10485760' }`. */
  readonly properties?: Readonly<Record<string, string>>
  /** Lets the node outlive this process. */
  readonly detached?: boolean
}

/** A Kafka node that runs; `pid` changes with each restart. */
export interface RunningKafka {
  readonly brokers: string
  readonly pid: number
  readonly dataDir: string
  readonly logFile: string
  /** With `secure`: how to reach the SCRAM and the TLS listener. */
  readonly secure: SecureKafka | undefined
  /** With `faultyVia`: the proxy listens on `brokers` and forwards to `upstream`. */
  readonly faulty: { readonly brokers: string; readonly upstream: string } | undefined
  stop(): Promise<void>
  /** SIGKILL, as a machine that dies. */
  kill(): Promise<void>
  /** Starts it again on the same ports and data, stopping it first if it runs. */
  restart(): Promise<void>
}

const CLUSTER_ID = 'AAAAAAAAQACAAAAAAAAAAA'
const FORMAT_WITHIN_MS = 60_000
const READY_WITHIN_MS = 90_000
const BIND_TRIES = 3

/**
 * Starts a real single-node Kafka on 127.0.0.1 and waits until it accepts clients.
 * @example const kafka = await startKafka({ heapMb: 512 }); connect(kafka.brokers); await kafka.stop()
 */
export async function startKafka(options: KafkaOptions = {}): Promise<RunningKafka> {
  const dataDir = resolve(options.dataDir ?? (await tempData('kafka')))
  if (options.port && !(await isFree(options.port))) {
    throw new Error(`Kafka cannot listen: port ${options.port} of 127.0.0.1 is taken. Choose another port.`)
  }
  for (let tries = 1; ; tries++) {
    try {
      return await startNode(dataDir, options)
    } catch (error) {
      // Between choosing a free port and listening on it, somebody else may have taken it.
      const taken = error instanceof Error && /Address already in use|BindException/.test(error.message)
      if (!taken || tries === BIND_TRIES) throw error
    }
  }
}

async function startNode(dataDir: string, options: KafkaOptions): Promise<RunningKafka> {
  const [freePort, controllerPort, faultyPort, scramPort, tlsPort] = await freePorts(5)
  const port = options.port || freePort!
  const listeners: KafkaListener[] = [{ name: 'PLAINTEXT', protocol: 'PLAINTEXT', port }]
  const advertisedPort = options.faultyVia?.listenPort
  if (advertisedPort !== undefined) {
    listeners.push({ name: 'FAULTY', protocol: 'PLAINTEXT', port: faultyPort!, advertisedPort })
  }
  await mkdir(dataDir, { recursive: true })
  const extras = options.secure ? await secureListeners(dataDir, { scram: scramPort!, tls: tlsPort! }) : undefined
  const properties = kafkaProperties({
    controllerPort: controllerPort!,
    listeners: [...listeners, ...(extras?.listeners ?? [])],
    logDir: join(dataDir, 'data'),
    extra: { ...extras?.properties, ...options.properties },
  })
  const propertiesFile = join(dataDir, 'server.properties')
  await writeFile(propertiesFile, properties)
  const classpath = await kafkaClasspath()
  await format(dataDir, propertiesFile, classpath, extras?.formatArguments ?? [])
  const start = () => startBroker({ dataDir, propertiesFile, classpath, port, options })
  const secure = extras?.client
  const faulty = advertisedPort === undefined ? undefined : faultyAddresses(advertisedPort, faultyPort!)
  return running(await start(), start, { brokers: `127.0.0.1:${port}`, dataDir, secure, faulty })
}

function faultyAddresses(listenPort: number, upstreamPort: number) {
  return { brokers: `127.0.0.1:${listenPort}`, upstream: `127.0.0.1:${upstreamPort}` }
}

async function format(dataDir: string, propertiesFile: string, classpath: string, more: readonly string[]) {
  const done = join(dataDir, 'formatted')
  if (existsSync(done)) return
  const tool = ['-cp', classpath, 'kafka.tools.StorageTool', 'format', '--ignore-formatted']
  await runTool('java', [...tool, '-t', CLUSTER_ID, '-c', propertiesFile, ...more], {
    timeoutMs: FORMAT_WITHIN_MS,
    missing: kafkaMissing,
  })
  await writeFile(done, '')
}

interface BrokerPlan {
  readonly dataDir: string
  readonly propertiesFile: string
  readonly classpath: string
  readonly port: number
  readonly options: KafkaOptions
}

function startBroker({ dataDir, propertiesFile, classpath, port, options }: BrokerPlan): Promise<Component> {
  const heap = `${options.heapMb ?? 1024}m`
  return startComponent({
    name: 'Kafka',
    command: 'java',
    args: [`-Xmx${heap}`, '-XX:+UseG1GC', '-cp', classpath, 'kafka.Kafka', propertiesFile],
    logFile: join(dataDir, 'kafka.log'),
    detached: options.detached ?? false,
    missing: kafkaMissing,
    ready: () => accepts(port),
    readyWithinMs: READY_WITHIN_MS,
  })
}

function running(
  first: Component,
  start: () => Promise<Component>,
  facts: Pick<RunningKafka, 'brokers' | 'dataDir' | 'secure' | 'faulty'>,
): RunningKafka {
  let component = first
  return {
    ...facts,
    logFile: join(facts.dataDir, 'kafka.log'),
    get pid() {
      return component.pid
    },
    stop: () => component.stop(),
    kill: () => component.kill(),
    async restart() {
      await component.stop()
      component = await start()
    },
  }
}
