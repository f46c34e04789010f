import type { Headers } from '../model/record.ts'
import type { WireReader } from './wire-reader.ts'
import type { WireWriter } from './wire-writer.ts'

// message Header { string name = 1; optional bytes value = 2; }

export const writeHeaders = (writer: WireWriter, key: number, headers: Headers): void => {
  for (const [name, value] of headers) {
    const header = writer.begin(key)
    writer.textField(0x0a, name)
    if (value !== null) writer.blobField(0x12, value)
    writer.end(header)
  }
}

export const readHeader = (reader: WireReader, within: number): readonly [string, Uint8Array | null] => {
  const end = reader.message(within)
  let name = ''
  let value: Uint8Array | null = null
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x0a) name = reader.text(end)
    else if (key === 0x12) value = reader.copy(end)
    else reader.pass(key, end)
  }
  reader.closed(end)
  return [name, value]
}
