import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Has the system write what it holds back for its disks. A drain leaves a gigabyte of records that Kafka has not forced out;
 * the system writes them half a minute later, and each object that the store forces out then waits behind them for as long as a
 * second. To be called before anything is measured, so that no case pays for the one before it.
 */
export const settleDisks = async (): Promise<void> => {
  await promisify(execFile)('sync')
}
