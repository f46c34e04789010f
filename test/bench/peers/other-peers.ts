import { kafkaStreamsPeer } from './kafka-streams/kafka-streams-peer.ts'
import { kafkajsPeer } from './kafkajs/kafkajs-peer.ts'
import type { Peer } from './peer.ts'
import { restatePeer } from './restate/restate-peer.ts'
import { statefunPeer } from './statefun/statefun-peer.ts'

/** The systems that Millrace is measured beside. */
export const otherPeers: readonly Peer[] = [kafkajsPeer, kafkaStreamsPeer, restatePeer, statefunPeer]
