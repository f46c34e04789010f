import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mavenClasspath } from '../../../../infra/local/maven-part.ts'
import { npmPart } from '../../../../infra/local/npm-part.ts'
import { freePorts } from '../../../../infra/local/ports.ts'
import { versions } from '../../../../infra/local/versions.ts'
import { bundledFor } from '../bundled-for.ts'
import { javaClass, javaMissing } from '../java-class.ts'
import { startPeerProcess } from '../peer-process.ts'
import type { Peer, PeerCase, PeerParts } from '../peer.ts'
import { moduleYaml } from './module-yaml.ts'

/** What is written becomes visible with each checkpoint, so this is what latency depends on. Flink has no default. */
const checkpointIntervalMs: Readonly<Partial<Record<PeerCase, number>>> = {
  'drain-10k': 1_000,
  'latency-1k': 100,
  'latency-1k-tuned': 20,
}

const packages = fileURLToPath(new URL('packages', import.meta.url))

const classpath = (): Promise<string> => {
  const flink = (name: string): string => `org.apache.flink:${name}:${versions.flink}`
  return mavenClasspath({
    name: `statefun-${versions.statefun}`,
    artifacts: [
      `org.apache.flink:statefun-flink-harness:${versions.statefun}`,
      flink('flink-streaming-java'),
      flink('flink-clients'),
      flink('flink-statebackend-rocksdb'),
      `org.slf4j:slf4j-reload4j:${versions.reload4j}`,
    ],
    exclusions: ['log4j:log4j', 'org.slf4j:slf4j-log4j12'],
    sha256: '033950d5b8358c044dadfa0e64bd476b11a0c8bd4de51bbff797881cdce2b43f',
    missing: javaMissing,
  })
}

/** Flink of 1.16 reaches into these packages of the JDK, which Java 17 has closed. */
const opened = [
  ...['util', 'util.concurrent', 'util.concurrent.atomic', 'util.concurrent.locks', 'util.function'],
  ...['lang', 'lang.invoke', 'lang.reflect', 'net', 'io', 'nio', 'nio.charset', 'text', 'time', 'math'],
]
  .map((name) => `java.${name}`)
  .concat('sun.nio.ch', 'sun.net.util')
  .map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`)

// The counts are few, so they fit Flink's heap, which is faster than RocksDB; each checkpoint writes them to disk.
const settings = (moduleFile: string, { dir, case: peerCase }: PeerParts): readonly string[] => [
  `statefun.remote.module-name=file://${moduleFile}`,
  `execution.checkpointing.interval=${checkpointIntervalMs[peerCase] ?? 1_000}`,
  'execution.checkpointing.mode=EXACTLY_ONCE',
  `state.checkpoints.dir=file://${join(dir, 'checkpoints')}`,
  'state.backend=hashmap',
  'restart-strategy=none',
  'taskmanager.memory.managed.size=256mb',
  'taskmanager.memory.network.min=128mb',
  'taskmanager.memory.network.max=128mb',
]

const logSettings = `
log4j.rootLogger=WARN, console
log4j.logger.org.apache.flink.runtime.executiongraph=INFO
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'} %-5p %c{1} %m%n
`

/** Stateful Functions on Flink's local cluster, with a function on Node: exactly once. */
export const statefunPeer: Peer = {
  name: 'statefun',
  cases: ['drain-10k', 'latency-1k', 'latency-1k-tuned'],
  drainEvents: 2_000_000,
  egress: 'exactly-once',
  start: async (parts) => {
    const { dir } = parts
    const [functionPort] = await freePorts(1)
    const modules = await npmPart('statefun-sdk', packages)
    const functions = await startPeerProcess({
      name: 'statefun-function',
      command: process.execPath,
      args: [await bundledFor(new URL('function.ts', import.meta.url), modules, dir)],
      env: { BENCH_PEER: JSON.stringify({ ...parts, port: functionPort }), NODE_ENV: 'production' },
      dir,
      ready: /^ready/m,
      missing: 'It is Node itself.',
    })
    const [moduleFile, log4j] = [join(dir, 'module.yaml'), join(dir, 'log4j.properties')]
    await writeFile(moduleFile, moduleYaml(parts, functionPort!))
    await writeFile(log4j, logSettings)
    const run = await javaClass(new URL('StateFunHarness.java', import.meta.url), await classpath(), dir)
    const runtime = await startPeerProcess({
      name: 'statefun',
      command: 'java',
      args: [
        ...['-Xmx3g', '-Duser.timezone=UTC', `-Dlog4j.configuration=file:${log4j}`, ...opened],
        ...[...run, String(availableParallelism()), ...settings(moduleFile, parts)],
      ],
      dir,
      ready: /^(\S+Z) INFO .*Source: .* switched from INITIALIZING to RUNNING/m,
      missing: javaMissing,
    })
    return {
      openedMs: runtime.readyMs,
      pids: [runtime.component.pid, functions.component.pid],
      logFile: runtime.logFile,
      stop: async () => {
        await runtime.component.stop()
        await functions.component.stop()
      },
    }
  },
}
