import { expect, test } from 'vitest'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { sleep } from '../../../runtime/ports/clock.ts'

test('a timer fires after its delay and never before', async () => {
  for (let i = 0; i < 20; i++) {
    const begun = systemClock.monotonic()
    await sleep(systemClock, 3)
    expect(systemClock.monotonic() - begun).toBeGreaterThanOrEqual(3)
  }
})

test('a delay longer than Node can wait at once does not fire at once', async () => {
  let fired = false
  const cancel = systemClock.after(2 ** 40, () => (fired = true))
  await sleep(systemClock, 20)
  cancel()
  expect(fired).toBe(false)
})

test('a cancelled timer does not fire', async () => {
  let fired = false
  systemClock.after(5, () => (fired = true))()
  await sleep(systemClock, 20)
  expect(fired).toBe(false)
})

test('soon is not now: promises go on before it', async () => {
  const order: string[] = []
  const soon = new Promise<void>((resolve) =>
    systemClock.soon(() => {
      order.push('soon')
      resolve()
    }),
  )
  await Promise.resolve().then(() => order.push('promise'))
  await soon
  expect(order).toEqual(['promise', 'soon'])
})
