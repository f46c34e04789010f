import { defaultLimits, type Limits } from '../model/limits.ts'
import { setting, type Setting } from './setting.ts'
import { bytes, whole } from './setting-kinds.ts'

const count = (name: keyof Limits, about: string): Setting<number> =>
  setting(whole(1, 100_000_000), defaultLimits[name], about)
const size = (name: keyof Limits, about: string): Setting<number> =>
  setting(bytes(1, 2 ** 30), defaultLimits[name], about)

type LimitPath = `limits.${keyof Limits}`

/** The bounds of model/limits as settings, so that each can be changed and is printed with the rest. */
export const limitSettings = {
  'limits.valueBytesMax': size('valueBytesMax', "A message's payload, a state cell, an egress record's value."),
  'limits.idBytesMax': size('idBytesMax', "An actor's id."),
  'limits.stateBytesMax': size('stateBytesMax', 'All state of one address.'),
  'limits.requestBytesMax': size('requestBytesMax', 'One request to a handler. AWS Lambda takes 6 MiB at most.'),
  'limits.resultBytesMax': size('resultBytesMax', "One address's result in a handler's answer."),
  'limits.wholeMapBytesMax': size(
    'wholeMapBytesMax',
    'A map goes whole to its handler up to so many bytes for each message of a call; else in part, and the handler asks.',
  ),
  'limits.messagesPerAddressMax': count('messagesPerAddressMax', 'Messages of one address in one request.'),
  'limits.laneMessagesMax': count(
    'laneMessagesMax',
    'Messages waiting for one address; beyond it intake is held, or if it is parked `failure.whenFull` holds.',
  ),
  'limits.pendingMessagesMax': count(
    'pendingMessagesMax',
    'Messages waiting in all lanes, but for parked and paused ones; beyond it nothing is fetched.',
  ),
  'limits.pendingBytesMax': size('pendingBytesMax', 'Their bytes; beyond it nothing is fetched.'),
  'limits.parkedMessagesMax': count(
    'parkedMessagesMax',
    'Messages waiting for all parked and paused addresses; beyond it `failure.whenFull` holds.',
  ),
  'limits.parkedBytesMax': size('parkedBytesMax', 'Their bytes; beyond it `failure.whenFull` holds.'),
  'limits.effectsPerMessageMax': count('effectsPerMessageMax', 'Sends and egress records that one message may make.'),
  'limits.delayedPerAddressMax': count('delayedPerAddressMax', 'Delayed messages of one address.'),
  'limits.windowBytesMax': size('windowBytesMax', 'One window of the log: one object in the bucket.'),
  'limits.unpublishedBytesMax': size(
    'unpublishedBytesMax',
    'Committed but unpublished bytes; beyond it nothing is fetched, beyond twice as many HTTP is refused.',
  ),
  'limits.unpublishedWindowsMax': count(
    'unpublishedWindowsMax',
    'Committed but unpublished windows; beyond it nothing is fetched.',
  ),
  'limits.httpBodyBytesMax': size('httpBodyBytesMax', 'The body of one HTTP request from outside.'),
  'limits.httpRequestsMax': count('httpRequestsMax', 'HTTP requests from outside that are under way; beyond it 429.'),
  'limits.idempotencyKeysMax': count('idempotencyKeysMax', 'Idempotency keys that are kept; beyond it 503.'),
  'limits.idempotencyReplyBytesMax': size('idempotencyReplyBytesMax', 'A reply that is kept for its idempotency key.'),
} satisfies Record<LimitPath, Setting<number>>
