import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { type Component, startComponent } from './component.ts'
import { cachedPart } from './parts-cache.ts'
import { freePorts, isFree } from './ports.ts'
import { runTool } from './run-tool.ts'
import { tempData } from './temp-data.ts'
import { versions } from './versions.ts'

export interface MinioOptions {
  /** Where the objects are kept; default: a temporary one, removed when this process ends. */
  readonly dataDir?: string
  /** Default or 0: a free one. */
  readonly port?: number
  /** Lets the store outlive this process. */
  readonly detached?: boolean
}

/** How to reach an S3-compatible store (path-style addresses, region us-east-1). */
export interface S3Access {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
}

/** A MinIO that runs; `pid` changes with each restart. */
export interface RunningMinio extends S3Access {
  readonly pid: number
  readonly dataDir: string
  readonly logFile: string
  stop(): Promise<void>
  /** SIGKILL, as a machine that dies. */
  kill(): Promise<void>
  /** Starts it again on the same port and data, stopping it first if it runs. */
  restart(): Promise<void>
  /** Creates a bucket (three letters or more); one that exists already is fine. */
  createBucket(name: string): Promise<void>
}

const BUILD_WITHIN_MS = 1_800_000
const READY_WITHIN_MS = 60_000
const BIND_TRIES = 3
const credentials = { accessKey: 'minioadmin', secretKey: 'minioadmin' }
const missing = 'Install Go (1.24 or newer), or set S3_ENDPOINT to an S3-compatible store that you run yourself.'

/**
 * Starts a real MinIO on 127.0.0.1 and waits until it serves.
 * @example const s3 = await startMinio(); await s3.createBucket('state'); await s3.stop()
 */
export async function startMinio(options: MinioOptions = {}): Promise<RunningMinio> {
  const dataDir = resolve(options.dataDir ?? (await tempData('minio')))
  if (options.port && !(await isFree(options.port))) {
    throw new Error(`MinIO cannot listen: port ${options.port} of 127.0.0.1 is taken. Choose another port.`)
  }
  await mkdir(join(dataDir, 'data'), { recursive: true })
  const command = await minioBinary()
  for (let tries = 1; ; tries++) {
    const port = options.port || (await freePorts(1))[0]!
    const start = () => startServer(command, dataDir, port, options.detached ?? false)
    try {
      return running(await start(), start, { endpoint: `http://127.0.0.1:${port}`, dataDir, ...credentials })
    } catch (error) {
      // Between choosing a free port and listening on it, somebody else may have taken it.
      const taken = error instanceof Error && /port is already in use|address already in use/i.test(error.message)
      if (!taken || tries === BIND_TRIES) throw error
    }
  }
}

/** Creates a bucket in any store; one that exists already is fine. */
export async function createBucket(access: S3Access, name: string): Promise<void> {
  const client = new S3Client({
    endpoint: access.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: access.accessKey, secretAccessKey: access.secretKey },
  })
  try {
    await client.send(new CreateBucketCommand({ Bucket: name }))
  } catch (error) {
    if (!(error instanceof Error && /^BucketAlready/.test(error.name))) throw error
  } finally {
    client.destroy()
  }
}

/** MinIO's program, built with Go on first use (minutes). */
export async function minioBinary(): Promise<string> {
  const dir = await cachedPart(`minio-${versions.minio}`, async (draft) => {
    await runTool('go', ['install', `github.com/minio/minio@${versions.minio}`], {
      cwd: draft,
      env: { GOBIN: draft, CGO_ENABLED: '0' },
      timeoutMs: BUILD_WITHIN_MS,
      missing,
    })
  })
  return join(dir, 'minio')
}

function startServer(command: string, dataDir: string, port: number, detached: boolean): Promise<Component> {
  return startComponent({
    name: 'MinIO',
    command,
    args: ['server', '--quiet', '--address', `127.0.0.1:${port}`, join(dataDir, 'data')],
    env: {
      MINIO_ROOT_USER: credentials.accessKey,
      MINIO_ROOT_PASSWORD: credentials.secretKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    },
    logFile: join(dataDir, 'minio.log'),
    detached,
    missing: `Remove its folder and start again: it is built anew.`,
    ready: () => isReady(port),
    readyWithinMs: READY_WITHIN_MS,
  })
}

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/minio/health/ready`, { signal: AbortSignal.timeout(2000) })
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    return false
  }
}

function running(
  first: Component,
  start: () => Promise<Component>,
  facts: S3Access & { readonly dataDir: string },
): RunningMinio {
  let component = first
  return {
    ...facts,
    logFile: join(facts.dataDir, 'minio.log'),
    get pid() {
      return component.pid
    },
    stop: () => component.stop(),
    kill: () => component.kill(),
    async restart() {
      await component.stop()
      component = await start()
    },
    createBucket: (name) => createBucket(facts, name),
  }
}
