import { sleep, type Clock } from '../../ports/clock.ts'
import { KafkaFailure } from './kafka-failure.ts'

const pauseMsMin = 5
const pauseMsMax = 200

/**
 * Asks again while Kafka says that nothing took effect: a coordinator or leader is being elected, or, on a new cluster,
 * its topic is being made. Only for requests that may be repeated. Throws the last KafkaFailure after `patienceMs`.
 */
export const untilSettled = async <T>(clock: Clock, patienceMs: number, request: () => Promise<T>): Promise<T> => {
  const giveUpAtMs = clock.monotonic() + patienceMs
  for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
    try {
      return await request()
    } catch (error) {
      const again = error instanceof KafkaFailure && error.verdict === 'retriable'
      if (!again || clock.monotonic() + pauseMs > giveUpAtMs) throw error
    }
    await sleep(clock, pauseMs)
  }
}
