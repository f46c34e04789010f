import { expect, test } from 'vitest'
import { eventLine } from '../../../runtime/platform/event-line.ts'
import { eventLog, type EventLogOptions } from '../../../runtime/platform/event-log.ts'
import { nullLog } from '../../../runtime/platform/null-telemetry.ts'
import { prometheusTelemetry } from '../../../runtime/platform/telemetry.ts'

const logging = (options: Pick<EventLogOptions, 'level' | 'format'>) => {
  const lines: string[] = []
  return { lines, log: eventLog({ ...options, write: (line) => lines.push(line) }) }
}

test('a JSON line has time, level, event, message and the fields', () => {
  const { lines, log } = logging({ level: 'info', format: 'json' })
  log.warn('endpoint-down', 'the endpoint does not answer', { url: 'http://x', tries: 3, last: undefined })
  const { time, ...rest } = JSON.parse(lines[0]!)
  expect(new Date(time).toISOString()).toBe(time)
  expect(rest).toEqual({
    level: 'warn',
    event: 'endpoint-down',
    message: 'the endpoint does not answer',
    url: 'http://x',
    tries: 3,
  })
})

test.each(['json', 'lines'] as const)('%s: what is below the level is not written', (format) => {
  const { lines, log } = logging({ level: 'warn', format })
  log.debug('a', 'a')
  log.info('b', 'b')
  log.warn('c', 'c')
  log.error('d', 'd')
  expect(lines).toHaveLength(2)
})

test('a readable line is one line, with fields quoted where they need it', () => {
  const line = eventLine(new Date('2030-01-02T03:04:05.678Z'), 'info', 'started', 'up', {
    port: 8080,
    name: 'two words',
    empty: '',
    none: undefined,
  })
  expect(line).toBe('03:04:05.678 INFO  up [started] port=8080 name="two words" empty=""\n')
})

test('nothing from outside breaks a line or moves the cursor', () => {
  const line = eventLine(new Date(0), 'error', 'e', 'first\nsecond\u001b[2J', { id: 'x\ny', raw: '\u009b1m' })
  expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u0080-\u009f]/)
  expect(line.endsWith('\n')).toBe(true)
})

test('counters, histograms and gauges are in the scrape, beside the numbers of the process', async () => {
  const telemetry = prometheusTelemetry(nullLog)
  const plain = telemetry.counter('windows_total', 'Windows.')
  const labelled = telemetry.counter('failures_total', 'Failures.', ['function', 'code'])
  const seconds = telemetry.histogram('commit_seconds', 'Commits.', [0.1, 1])
  let lag: { labels: string[]; value: number }[] = [{ labels: ['orders', '0'], value: 7 }]
  telemetry.gauge('lag', 'Lag.', ['topic', 'partition'], () => lag)
  telemetry.gauge('pending', 'Pending.', [], () => [{ labels: [], value: 3 }])
  plain.add(2)
  labelled.add(1, 'bank/account', 'HANDLER_FAILED')
  seconds.observe(0.5)
  const scraped = await telemetry.scrape()
  for (const line of [
    '# HELP windows_total Windows.',
    'windows_total 2',
    'failures_total{function="bank/account",code="HANDLER_FAILED"} 1',
    'commit_seconds_bucket{le="0.1"} 0',
    'commit_seconds_bucket{le="1"} 1',
    'lag{topic="orders",partition="0"} 7',
    'pending 3',
  ])
    expect(scraped.split('\n')).toContain(line)
  expect(scraped).toContain('process_cpu_seconds_total')
  lag = []
  expect(await telemetry.scrape()).not.toContain('lag{')
})

test('two telemetries of one process do not share numbers', async () => {
  const [one, two] = [prometheusTelemetry(nullLog), prometheusTelemetry(nullLog)]
  one.counter('same_total', 'Same.').add(1)
  two.counter('same_total', 'Same.')
  expect(await two.scrape()).toContain('same_total 0')
})
