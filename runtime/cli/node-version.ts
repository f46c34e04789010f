import type { Settings } from '../config/settings.ts'
import { MillraceError } from '../model/errors.ts'

const [majorMin, minorMin] = [22, 13] as const

/** The embedded log and storage in a directory stand on node:sqlite, which Node has since 22.13. */
export const checkNode = (settings: Settings, version = process.versions.node): void => {
  const needs = [
    ...(settings.log.kind === 'embedded' ? ['the embedded log (no kafka.brokers are set)'] : []),
    ...(settings.storage.kind === 'fileSystem' ? ['storage in a directory (no bucket is set)'] : []),
  ]
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (needs.length === 0 || major > majorMin || (major === majorMin && minor >= minorMin)) return
  throw new MillraceError(
    'UNSUPPORTED_PLATFORM',
    `${needs.join(' and ')}: for this Node ${majorMin}.${minorMin} or newer is needed, and this is ${version}: update Node, or ` +
      'set kafka.brokers and storage.bucket',
  )
}
