// Serves one Worker in workerd for `millrace dev`. A process of its own, so that workerd ends with it however `millrace dev`
// ends (the channel to it closes, also after a kill), and so that Ctrl-C does not reach workerd while it still has work.
import { messageOf } from '../../model/errors.ts'
import type { FromWorkerProcess, ToWorkerProcess } from './worker-messages.ts'

const tell = (message: FromWorkerProcess, told = (): void => undefined): void => void process.send?.(message, told)

const { Log, LogLevel, Miniflare } = await import('miniflare').catch((error: unknown) => {
  const message = `miniflare is missing: npm install --save-dev miniflare (${messageOf(error)})`
  return new Promise<never>(() => tell({ kind: 'failed', message }, () => process.exit(1)))
})

const optionsOf = ({ script, bindings }: ToWorkerProcess, port: number) => ({
  // Without this it fetches a file of Cloudflare's about this machine's place.
  cf: false as const,
  host: '127.0.0.1',
  port,
  modules: [{ type: 'ESModule' as const, path: 'functions.mjs', contents: script }],
  compatibilityDate: '2026-06-01',
  compatibilityFlags: ['nodejs_compat'],
  bindings,
  log: new Log(LogLevel.ERROR),
})

let miniflare: InstanceType<typeof Miniflare> | undefined
let port = 0
let turn: Promise<void> = Promise.resolve()

const serve = async (message: ToWorkerProcess): Promise<void> => {
  try {
    if (miniflare) await miniflare.setOptions(optionsOf(message, port))
    else miniflare = new Miniflare(optionsOf(message, port))
    const url = await miniflare.ready
    port = Number(url.port)
    tell({ kind: 'serving', url: url.origin })
  } catch (error) {
    tell({ kind: 'failed', message: messageOf(error) })
  }
}

process.on('message', (message: ToWorkerProcess) => {
  turn = turn.then(() => serve(message))
})
process.on('disconnect', () => {
  const disposed = miniflare?.dispose() ?? Promise.resolve()
  void disposed.catch(() => undefined).finally(() => process.exit(0))
})
