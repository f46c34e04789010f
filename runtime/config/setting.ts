import type { SettingKind } from './setting-kinds.ts'

/** What a default may depend on. */
export interface SettingFacts {
  readonly application: string
  readonly storageKind: 'embedded' | 's3' | 'fileSystem'
  /** Whether the bucket is named together with an endpoint: MinIO and its like, not S3 itself. */
  readonly ownEndpoint: boolean
}

/** One row of the table of settings. */
export interface Setting<T> {
  readonly kind: SettingKind<NonNullable<T>>
  readonly initial: (facts: SettingFacts) => T
  /** The default in words, where it depends on something. */
  readonly initialText: string | undefined
  readonly about: string
  /** Never shown. */
  readonly secret: boolean
}

/** A setting that always has a value. */
export const setting = <T extends NonNullable<unknown>>(
  kind: SettingKind<T>,
  initial: NoInfer<T>,
  about: string,
): Setting<T> => ({ kind, initial: () => initial, initialText: undefined, about, secret: false })

/** A setting whose default depends on others; `initialText` says how. */
export const dependent = <T extends NonNullable<unknown>>(
  kind: SettingKind<T>,
  initial: (facts: SettingFacts) => NoInfer<T>,
  initialText: string,
  about: string,
): Setting<T> => ({ kind, initial, initialText, about, secret: false })

/** A setting that may stay unset. */
export const optional = <T extends NonNullable<unknown>>(
  kind: SettingKind<T>,
  about: string,
): Setting<T | undefined> => ({
  kind,
  initial: () => undefined,
  initialText: undefined,
  about,
  secret: false,
})

/** A setting that may stay unset and is never shown. */
export const secret = <T extends NonNullable<unknown>>(
  kind: SettingKind<T>,
  about: string,
): Setting<T | undefined> => ({
  ...optional(kind, about),
  secret: true,
})

/**
 * The environment variable that overrides the setting at `path`.
 * @example environmentName('limits.pendingMessagesMax') // 'MILLRACE_LIMITS_PENDING_MESSAGES_MAX'
 */
export const environmentName = (path: string): string =>
  `MILLRACE_${path
    .replaceAll(/[A-Z]/g, (letter) => `_${letter}`)
    .replaceAll('.', '_')
    .toUpperCase()}`
