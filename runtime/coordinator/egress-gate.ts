import { MillraceError } from '../model/errors.ts'
import type { Topology } from '../model/topology.ts'

/** What becomes of egress records: `hold` and `redirect` let a fork run beside its original without doing harm. */
export interface ShadowSettings {
  readonly egress: 'write' | 'hold' | 'redirect'
  readonly topicPrefix: string
}

/**
 * Where egress records go, dead letters and retried ones included. A record goes through it before it is taken into a
 * window: what is held back is not in the log either.
 */
export class EgressGate {
  private readonly shadow: ShadowSettings
  private readonly onHeld: () => void

  /** Throws SETTING_INVALID where a topic of the original could be taken for one that was redirected. */
  constructor(shadow: ShadowSettings | undefined, topology: Topology, onHeld: () => void) {
    this.shadow = shadow ?? { egress: 'write', topicPrefix: '' }
    this.onHeld = onHeld
    const { egress, topicPrefix } = this.shadow
    const own = topicsOf(topology).find((topic) => egress === 'redirect' && topic.startsWith(topicPrefix))
    if (own !== undefined)
      throw new MillraceError(
        'SETTING_INVALID',
        `shadow.topicPrefix is ${topicPrefix}, with which the egress topic ${own} begins already: set another`,
      )
  }

  /** The topic that takes the place of `topic`; undefined: none, the record is dropped. */
  pass(topic: string): string | undefined {
    const { egress, topicPrefix } = this.shadow
    if (egress === 'write') return topic
    if (egress === 'redirect') return topic.startsWith(topicPrefix) ? topic : topicPrefix + topic
    this.onHeld()
    return undefined
  }

  /** What people should know of it; undefined where all goes its usual way. */
  get notice(): string | undefined {
    const { egress, topicPrefix } = this.shadow
    if (egress === 'hold') return 'shadow.egress is hold: egress records and dead letters are counted and NOT written'
    if (egress === 'redirect')
      return `shadow.egress is redirect: egress records and dead letters go to topics that begin with ${topicPrefix}`
    return undefined
  }
}

const topicsOf = ({ egresses, deadLetterTopic }: Topology): readonly string[] => [
  ...egresses.map(({ topic }) => topic),
  deadLetterTopic,
]
