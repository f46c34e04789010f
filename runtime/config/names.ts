import { type SettingKind, text } from './setting-kinds.ts'

/** Of applications, ingresses and egresses: they become part of topics, keys and directories. */
export const nameKind: SettingKind<string> = text(
  '1 to 100 letters, digits, _, . and -, beginning with a letter or digit',
  /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/,
)

/** What Kafka takes for a topic. */
export const topicKind: SettingKind<string> = text(
  "a topic's name: 1 to 249 letters, digits, _, . and -",
  /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/,
)
