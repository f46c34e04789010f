import { onRealParts, prepare, type Bench } from '../../parts/bench.ts'
import { run, startCoordinatorProcess } from '../../parts/processes.ts'
import { callsBy, depositPath } from './calls-by.ts'
import { row, type Row } from '../../row.ts'

const workload = 'http-call'

/** Clients that call one after another, each answered once its effect is durable; the limit is a server that only writes. */
const calls = async (bench: Bench, clients: number): Promise<Row[]> => {
  const name = `clients-${clients}`
  const bareParts = await prepare(bench, `http-bare-${clients}`)
  const bare = run(new URL('bare-server.ts', import.meta.url), { BENCH_PARTS: JSON.stringify(bareParts) })
  const [, bareUrl = ''] = (await bare.line('ready ')).split(' ')
  const limit = await callsBy(clients, { url: bareUrl, path: depositPath }, bench.scale)
  await bare.stop()
  const parts = await prepare(bench, `http-${clients}`)
  const child = await startCoordinatorProcess(new URL('coordinator.ts', import.meta.url), parts, ...bench.nodeOptions)
  const measured = await callsBy(clients, { url: child.url, path: depositPath }, bench.scale)
  await child.stop()
  return [
    row(workload, name, 'calls', 'calls/s', measured.callsPerSecond, limit.callsPerSecond),
    row(workload, name, 'p50', 'ms', measured.p50, limit.p50),
    row(workload, name, 'p99', 'ms', measured.p99, limit.p99),
  ]
}

export const httpCall = onRealParts(new URL('functions.worker.ts', import.meta.url), {
  'clients-1': (bench) => calls(bench, 1),
  'clients-16': (bench) => calls(bench, 16),
  'clients-64': (bench) => calls(bench, 64),
  'clients-256': (bench) => calls(bench, 256),
})
