import type { PeerParts } from '../peer.ts'

/** StateFun's description of the application: where its function is, from where and to where records go. */
export const moduleYaml = ({ name, brokers, events }: PeerParts, functionPort: number): string => `
kind: io.statefun.endpoints.v2/http
spec:
  functions: bench/*
  urlPathTemplate: http://127.0.0.1:${functionPort}/
  transport:
    type: io.statefun.transports.v1/async
    # It bounds the wait for one of its 1024 connections too, and a backlog has 10,000 keys that want one.
    connect: 1min
---
kind: io.statefun.kafka.v1/ingress
spec:
  id: bench/events
  address: ${brokers}
  consumerGroupId: ${name}
  startupPosition:
    type: earliest
  topics:
    - topic: ${events}
      valueType: bench/event
      targets:
        - bench/counter
  properties:
    - isolation.level: read_committed
---
kind: io.statefun.kafka.v1/egress
spec:
  id: bench/counts
  address: ${brokers}
  deliverySemantic:
    type: exactly-once
    transactionTimeout: 1min
  properties:
    - batch.size: 131072
`
