export { application, type ApplicationParts } from './application.ts'
export { compile } from './compile.ts'
export {
  type ApplicationDefinition,
  type CheckedFunctions,
  type IngressDefinition,
  isApplication,
} from './definition.ts'
export { describeSettings, settingsReference } from './describe-settings.ts'
export { endpoint, type EndpointOptions, type FunctionsDefinition, inProcess } from './functions.ts'
export { kafka, type KafkaTopics, type Start } from './kafka.ts'
export { type Environment, type Origin, type ResolvedSettings, resolveSettings } from './resolve-settings.ts'
export { route, type RouteDefinition, type RouteInput, type RouteOutput, type RouteTarget } from './route.ts'
export type { KafkaCluster, SettingSections, Size } from './setting-sections.ts'
export type { KafkaLogSettings, LogSettings, S3Settings, SaslSettings, Settings, StorageSettings } from './settings.ts'
export { embedded, fileSystem, s3, type S3Options, type StorageDefinition } from './storage.ts'
