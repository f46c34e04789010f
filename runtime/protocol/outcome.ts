import { malformed, WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

// The payload of a reply that goes to an actor:
// message Outcome { oneof outcome { bytes value = 1; Error error = 2; bool nothing = 3; } }
// message Error { string code = 1; string message = 2; }

/** What became of a request: its encoded reply (undefined: a reply without a payload), or why it failed for good. */
export type EncodedOutcome =
  | { readonly ok: true; readonly value: Uint8Array | undefined }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } }

const shared = new WireWriter()

export const encodeOutcome = (outcome: EncodedOutcome): Uint8Array => {
  const writer = shared.reset()
  if (!outcome.ok) {
    const error = writer.begin(0x12)
    writer.textField(0x0a, outcome.error.code)
    writer.textField(0x12, outcome.error.message)
    writer.end(error)
  } else if (outcome.value === undefined) writer.uintField(0x18, 1)
  else writer.blobField(0x0a, outcome.value)
  return writer.copy()
}

/** Throws a MillraceError ENDPOINT_PROTOCOL for bytes that are none. */
export const decodeOutcome = (bytes: Uint8Array): EncodedOutcome => readOutcome(new WireReader(bytes), bytes.length)

const readOutcome = (reader: WireReader, end: number): EncodedOutcome => {
  let outcome: EncodedOutcome | undefined
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x0a) outcome = { ok: true, value: reader.view(end) }
    else if (key === 0x12) outcome = { ok: false, error: readError(reader, end) }
    else if (key === 0x18 && reader.varint() !== 0) outcome = { ok: true, value: undefined }
    else if (key !== 0x18) reader.pass(key, end)
  }
  reader.closed(end)
  if (outcome === undefined) throw malformed('an outcome that is neither a value nor an error')
  return outcome
}

const readError = (reader: WireReader, within: number): { code: string; message: string } => {
  const end = reader.message(within)
  let code = ''
  let message = ''
  while (reader.position < end) {
    const key = reader.varint()
    if (key === 0x0a) code = reader.text(end)
    else if (key === 0x12) message = reader.text(end)
    else reader.pass(key, end)
  }
  reader.closed(end)
  return { code, message }
}
