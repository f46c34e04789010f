import { join } from 'node:path'

/** What `start` notes about a service in the background, so that a later command finds it again. */
export interface ServiceNote {
  readonly service: 'kafka' | 's3'
  readonly pid: number
  readonly address: string
  /** Stands in the process's command line: tells it from another process with the same id. */
  readonly dataDir: string
}

export function noteFile(dir: string, service: ServiceNote['service']): string {
  return join(dir, `${service}.json`)
}

/** Reads a note; a damaged one counts as none. */
export function parseNote(service: ServiceNote['service'], text: string): ServiceNote | undefined {
  let note: unknown
  try {
    note = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof note !== 'object' || note === null) return undefined
  if (!('pid' in note && 'address' in note && 'dataDir' in note)) return undefined
  const { pid, address, dataDir } = note
  if (typeof pid !== 'number' || typeof address !== 'string' || typeof dataDir !== 'string') return undefined
  return { service, pid, address, dataDir }
}

/** The settings that tests and applications read, as NAME=value lines. */
export function accessSettings(kafka: ServiceNote, s3: ServiceNote): string[] {
  return [
    `KAFKA_BROKERS=${kafka.address}`,
    `S3_ENDPOINT=${s3.address}`,
    'AWS_ACCESS_KEY_ID=minioadmin',
    'AWS_SECRET_ACCESS_KEY=minioadmin',
    'AWS_REGION=us-east-1',
  ]
}
