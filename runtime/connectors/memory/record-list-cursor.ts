import type { LogRecord } from '../../model/record.ts'
import type { RecordCursor } from '../../ports/transactional-log.ts'

/** Goes through records that are decoded already. */
export class RecordListCursor implements RecordCursor {
  private readonly records: readonly LogRecord[]
  private at = 0

  constructor(records: readonly LogRecord[]) {
    this.records = records
  }

  get done(): boolean {
    return this.at === this.records.length
  }

  take(max: number, bytesMax: number): LogRecord[] {
    const { records, at } = this
    let bytes = 0
    while (this.at < records.length && this.at - at < max && (bytes < bytesMax || this.at === at))
      bytes += records[this.at++]?.value?.length ?? 0
    return records.slice(at, this.at)
  }
}
