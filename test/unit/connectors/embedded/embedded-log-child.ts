// Run by embedded-log.test.ts as a process that is killed in the midst of its work.
import { openEmbeddedLog } from '../../../../runtime/connectors/embedded/embedded-log.ts'
import { systemClock } from '../../../../runtime/platform/system-clock.ts'
import { record, valueOf } from '../../../contract/log-harness.ts'

const [what, file = ''] = process.argv.slice(2)
const log = await openEmbeddedLog({ file, clock: systemClock })
const create = async (name: string) =>
  valueOf(await log.createTopic({ name, partitions: 1, replicationFactor: undefined, compacted: false }))

if (what === 'hold') process.send?.('held')
if (what === 'transactions') {
  await create('a')
  await create('b')
  const producer = valueOf(await log.producer('killed', 60_000))
  for (let i = 0; ; i++) {
    for (const topic of ['a', 'b', 'a', 'b', 'a', 'b']) producer.append(topic, 0, record(String(i)))
    valueOf(await producer.flush())
    valueOf(await producer.end('commit'))
    process.send?.(`committed ${i}`)
  }
}
if (what === 'feed') {
  await create('fed')
  let end = valueOf(await log.offsets('fed', [0], 'latest')).get(0) ?? 0
  for (let i = 0; ; i++) {
    const records = Array.from({ length: 1 + (i % 3) }, (_, at) => record(String(end + at)))
    end = valueOf(await log.appendIfEnd('fed', 0, end, records)) ?? Number.NaN
    process.send?.(`fed ${i}`)
  }
}
