import { MillraceError } from '../../../runtime/model/errors.ts'
import type { LogProducer, TransactionalLog } from '../../../runtime/ports/transactional-log.ts'

/** A log that forbids writes to `out` while `refusing`. */
export const refusing = (real: TransactionalLog, state: { readonly refusing: boolean }): TransactionalLog => {
  const guarded = (producer: LogProducer): LogProducer => {
    let touched = false
    return {
      append(topic, partition, record) {
        touched ||= topic === 'out'
        producer.append(topic, partition, record)
      },
      prepare: (upcoming) => producer.prepare(upcoming),
      async flush() {
        if (!touched || !state.refusing) return producer.flush()
        return { kind: 'rejected', topic: 'out', cause: new MillraceError('LOG_FORBIDDEN', 'no right to write') }
      },
      end: (decision) => producer.end(decision),
      close: () => producer.close(),
    }
  }
  return new Proxy(real, {
    get: (target, name) =>
      name === 'producer'
        ? async (id: string, timeoutMs: number) => {
            const opened = await target.producer(id, timeoutMs)
            return opened.kind === 'ok' ? { ...opened, value: guarded(opened.value) } : opened
          }
        : Reflect.get(target, name).bind(target),
  })
}
