import { utf8Decode } from '../../../runtime/model/bytes.ts'
import type { LogRecord } from '../../../runtime/model/record.ts'
import type { RoutedMessage } from '../../../runtime/model/topology.ts'
import { encodeMessage } from '../../../runtime/sdk/message.ts'
import type { Command, Place } from '../workload/command.ts'
import type { Actors } from '../workload/interpreter.ts'

/** A record says which command goes where: the feeder wrote it. */
export const parse = (record: LogRecord, actors: Actors): RoutedMessage => {
  const told = JSON.parse(utf8Decode(record.value ?? new Uint8Array())) as { to: Place; command: Command }
  return encodeMessage(actors.at(told.to).run(told.command))
}
