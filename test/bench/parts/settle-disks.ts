import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Has the system write what it holds back for its disks. A drain leaves a gigabyte of records that Kafka has not forced out, and
 * the system would write them half a minute later, beside the objects that the store forces out in the next case. To be called
 * before anything is measured, so that no case pays for the one before it.
 */
export const settleDisks = async (): Promise<void> => {
  await promisify(execFile)('sync')
}
