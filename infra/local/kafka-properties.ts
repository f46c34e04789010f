/** A listener beside the controller's: where it binds and, behind a proxy, the port clients are told. */
export interface KafkaListener {
  readonly name: string
  readonly protocol: 'PLAINTEXT' | 'SASL_PLAINTEXT' | 'SSL'
  readonly port: number
  readonly advertisedPort?: number
}

export interface KafkaServerSettings {
  readonly controllerPort: number
  /** The first one carries the broker's own traffic. */
  readonly listeners: readonly KafkaListener[]
  readonly logDir: string
  /** Settings that replace or extend the ones below. */
  readonly extra: Readonly<Record<string, string>>
}

/** Of a broker that is alone, small, and shows faults soon. */
export const smallBroker: Readonly<Record<string, string>> = {
  'auto.create.topics.enable': 'false',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '4',
  // Transactions that time out are aborted within a second of it, not within ten.
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',
  // The cleaner's default buffer is a quarter of a small heap.
  'log.cleaner.dedupe.buffer.size': '16777216',
}

/** The settings of a single node that is broker and controller at once, tuned to start fast and to show faults soon. */
export function kafkaProperties(settings: KafkaServerSettings): string {
  const { listeners, controllerPort } = settings
  const at = (name: string, port: number) => `${name}://127.0.0.1:${port}`
  const controller = at('CONTROLLER', controllerPort)
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: [...listeners.map(({ name, port }) => at(name, port)), controller].join(','),
    'advertised.listeners': listeners.map((one) => at(one.name, one.advertisedPort ?? one.port)).join(','),
    'listener.security.protocol.map': [
      'CONTROLLER:PLAINTEXT',
      ...listeners.map(({ name, protocol }) => `${name}:${protocol}`),
    ].join(','),
    'inter.broker.listener.name': listeners[0]!.name,
    'log.dirs': settings.logDir,
    ...smallBroker,
    // After a SIGKILL the controller waits this long before it takes the node back.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    ...settings.extra,
  }
  return propertiesText(properties)
}

export function propertiesText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}
