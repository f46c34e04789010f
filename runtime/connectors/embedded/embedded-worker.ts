// The worker thread of an embedded log: SQLite is synchronous, and forcing a disk takes too long for an event loop.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { assert, MillraceError, messageOf } from '../../model/errors.ts'
import { GroupCommit } from './group-commit.ts'
import { type FromWorker, type LogRequest, sentError, sentOutcome, type ToWorker } from './log-call.ts'
import { closeLogFile, openLogFile } from './log-file.ts'

/** Requests of one commit at most: the first of them waits for the last. */
const groupMax = 256

const port = parentPort
assert(port, 'the embedded log runs outside a worker thread')
const {
  file,
  fileBytesMax,
  recordBytesMax,
}: { file: string; fileBytesMax: number | undefined; recordBytesMax: number } = workerData

const tell = (message: FromWorker): void => port.postMessage(message)

try {
  const database = await openLogFile({ file, fileBytesMax })
  const commit = new GroupCommit(database, file, recordBytesMax)
  port.on('message', (first: ToWorker) => {
    const { requests, closes } = takeGroup(first)
    if (requests.length > 0) {
      const answers = commit.perform(requests).map(({ id, outcome }) => ({ id, outcome: sentOutcome(outcome) }))
      tell({ kind: 'answers', answers, advanced: commit.takeAdvanced(), nextExpiryMs: commit.nextExpiryMs() })
    }
    if (!closes) return
    closeLogFile(database, file)
    tell({ kind: 'closed' })
    port.close()
  })
  tell({ kind: 'opened' })
} catch (error) {
  tell({
    kind: 'failed',
    error: sentError(error instanceof Error ? error : new MillraceError('INTERNAL', messageOf(error))),
  })
}

/** The message that came, and those that have come in since. */
function takeGroup(first: ToWorker): { requests: LogRequest[]; closes: boolean } {
  const requests: LogRequest[] = []
  for (let message: ToWorker | undefined = first; message; message = nextMessage()) {
    if (message.kind === 'close') return { requests, closes: true }
    requests.push(message.request)
    if (requests.length === groupMax) break
  }
  return { requests, closes: false }
}

function nextMessage(): ToWorker | undefined {
  assert(port, 'the embedded log runs outside a worker thread')
  const received: { message: ToWorker } | undefined = receiveMessageOnPort(port)
  return received?.message
}
