// For the tests of those who write functions and applications: no broker, no bucket, no network.
export type { DeadLetter } from './dead-letter.ts'
export type { EmittedRecord } from './emitted-record.ts'
export type { FedRecord } from './feed-record.ts'
export type { ParkedAddress } from './parked-address.ts'
export { type DefinitionTestOptions, type HandlersTestOptions, testApplication } from './open-test-application.ts'
export type { SendOptions, TestApplication } from './test-application.ts'
