// The command `npm run infra -- start|stop|status|env|fetch`: a Kafka and a MinIO for development, in the background, with their
// data in .local/ of the repository.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { endByPid } from './component.ts'
import { isAlive } from './is-alive.ts'
import { startKafka } from './kafka.ts'
import { kafkaClasspath, oldestKafkaClasspath } from './kafka-part.ts'
import { minioBinary, startMinio } from './minio.ts'
import { isFree } from './ports.ts'
import { pythonWithKafka } from './python.ts'
import { accessSettings, noteFile, parseNote, type ServiceNote } from './service-note.ts'
import { toxiproxyBinary } from './toxiproxy.ts'

const local = join(import.meta.dirname, '..', '..', '.local')
const defaultPorts = { kafka: 9092, s3: 9000 }
const usage = 'usage: node infra/local/main.ts start [--kafka-port N] [--s3-port N] | stop | status | env | fetch'

type Service = ServiceNote['service']

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'kafka-port': { type: 'string' }, 's3-port': { type: 'string' }, help: { type: 'boolean' } },
  })
  switch (values.help ? 'help' : positionals[0]) {
    case 'start':
      await start('s3', values['s3-port'])
      await start('kafka', values['kafka-port'])
      return print()
    case 'stop':
      for (const service of ['kafka', 's3'] as const) await stop(service)
      return 0
    case 'status':
      return status()
    case 'env':
      return print()
    case 'fetch':
      return fetchParts()
    case 'help':
      console.log(usage)
      return 0
    default:
      console.error(usage)
      return 2
  }
}

async function start(service: Service, givenPort: string | undefined): Promise<void> {
  if (await runningNote(service)) return
  const dataDir = join(local, service)
  await mkdir(dataDir, { recursive: true })
  const port = await choosePort(service, givenPort)
  if (service === 'kafka') {
    const { pid, brokers } = await startKafka({ dataDir, port, detached: true })
    await writeNote({ service, pid, address: brokers, dataDir })
  } else {
    const { pid, endpoint } = await startMinio({ dataDir, port, detached: true })
    await writeNote({ service, pid, address: endpoint, dataDir })
  }
}

async function choosePort(service: Service, given: string | undefined): Promise<number> {
  if (given === undefined) return (await isFree(defaultPorts[service])) ? defaultPorts[service] : 0
  const port = Number(given)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`--${service}-port is ${given}: give a port between 1 and 65535`)
  }
  return port
}

/** Brings everything that tests need onto this machine, so that none of them waits for a build. */
async function fetchParts(): Promise<number> {
  console.log(`kafka: ${await kafkaClasspath()}`)
  console.log(`oldest kafka: ${await oldestKafkaClasspath()}`)
  console.log(`minio: ${await minioBinary()}`)
  console.log(`python: ${await pythonWithKafka()}`)
  console.log(`toxiproxy: ${await toxiproxyBinary()}`)
  return 0
}

async function stop(service: Service): Promise<void> {
  const note = await runningNote(service)
  if (note) await endByPid(note.pid, note.dataDir)
  await rm(noteFile(local, service), { force: true })
  console.log(note ? `${service}: stopped` : `${service}: was not running`)
}

async function status(): Promise<number> {
  const notes = [await runningNote('kafka'), await runningNote('s3')]
  for (const [index, service] of (['kafka', 's3'] as const).entries()) {
    const note = notes[index]
    console.log(note ? `${service}: ${note.address}, pid ${note.pid}, ${note.dataDir}` : `${service}: not running`)
  }
  return notes.every(Boolean) ? 0 : 1
}

/** Prints the settings in a form that a shell can read: `eval "$(node infra/local/main.ts env)"`. */
async function print(): Promise<number> {
  const [kafka, s3] = [await runningNote('kafka'), await runningNote('s3')]
  if (!kafka || !s3) {
    console.error('not running: start it with `npm run infra -- start`')
    return 1
  }
  for (const line of accessSettings(kafka, s3)) console.log(`export ${line}`)
  return 0
}

/** The note of a service that is still up; an id that now belongs to another program does not count. */
async function runningNote(service: Service): Promise<ServiceNote | undefined> {
  const text = await readFile(noteFile(local, service), 'utf8').catch(() => undefined)
  const note = text === undefined ? undefined : parseNote(service, text)
  return note && isAlive(note.pid, note.dataDir) ? note : undefined
}

async function writeNote(note: ServiceNote): Promise<void> {
  await writeFile(noteFile(local, note.service), `${JSON.stringify(note)}\n`)
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  },
)
