import { afterAll, beforeAll, describe } from 'vitest'
import { fetchCases } from './log-fetch-cases.ts'
import { LogHarness, type OpenLog } from './log-harness.ts'
import { recordCases } from './log-record-cases.ts'
import { transactionCases } from './log-transaction-cases.ts'

export type { OpenLog } from './log-harness.ts'

/** What every TransactionalLog promises. `open` answers a running log; its topics may be there before and stay. */
export const transactionalLogContract = (name: string, open: () => Promise<OpenLog>): void => {
  describe(`transactional log contract: ${name}`, () => {
    let opened: OpenLog
    let harness: LogHarness
    beforeAll(async () => {
      opened = await open()
      harness = new LogHarness(opened)
    })
    afterAll(() => opened.dispose())

    const current = () => harness
    describe('topics, offsets and records', () => recordCases(current))
    describe('transactions', () => transactionCases(current))
    describe('fetch', () => fetchCases(current))
  })
}
