import { describe, expect, test } from 'vitest'
import { Fifo } from '../../../runtime/coordinator/fifo.ts'

const takenFrom = (fifo: Fifo<number>, count: number): number[] =>
  Array.from({ length: count }, () => {
    const item = fifo.peek()!
    fifo.advance()
    return item
  })

describe('a queue', () => {
  test('hands out in order what is added while it is emptied, however much that is', () => {
    const fifo = new Fifo<number>()
    const taken: number[] = []
    for (let n = 0; n < 10_000; n += 2) {
      fifo.push(n)
      fifo.push(n + 1)
      if (n % 3 !== 0) taken.push(...takenFrom(fifo, 2))
    }
    expect(fifo.length).toBe(10_000 - taken.length)
    taken.push(...takenFrom(fifo, fifo.length))
    expect(taken).toEqual(Array.from({ length: 10_000 }, (_, n) => n))
    expect([fifo.length, fifo.peek()]).toEqual([0, undefined])
  })

  test('has what was put back before all others', () => {
    const fifo = new Fifo<number>()
    for (const n of [1, 2, 3, 4]) fifo.push(n)
    const [first, second] = takenFrom(fifo, 2)
    fifo.putBack([first!, second!])
    expect(takenFrom(fifo, fifo.length)).toEqual([1, 2, 3, 4])
  })
})
