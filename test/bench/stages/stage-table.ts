import { decode } from './decode.ts'
import { flowStage } from './flow-stage.ts'
import { handler } from './handler.ts'
import { copyIn, copyOut, copyWindow, eachByte, lookUp, setState } from './limits.ts'
import { produce } from './produce.ts'
import { put } from './put.ts'
import type { Stage } from './stage.ts'

/** A record's way, in order. */
export const stageTable: Readonly<Record<string, Stage>> = {
  decode,
  route: flowStage('route', lookUp),
  request: flowStage('request', copyIn),
  handler,
  results: flowStage('results', eachByte),
  apply: flowStage('apply', setState),
  emit: flowStage('emit', copyOut),
  window: flowStage('window', copyWindow),
  put,
  produce,
}
