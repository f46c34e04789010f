import { expect, test } from 'vitest'
import { Inbox } from '../../../runtime/coordinator/inbox.ts'

const make = () => {
  const occasions: (() => void)[] = []
  return { inbox: new Inbox<number>((action) => occasions.push(action)), occasions }
}

test('what arrives until the next occasion is taken in one turn, in order', async () => {
  const { inbox, occasions } = make()
  let taken: readonly number[] | undefined
  const turn = inbox.next().then((events) => (taken = events))
  inbox.push(1)
  await Promise.resolve()
  inbox.push(2)
  expect(occasions).toHaveLength(1)
  expect(taken).toBeUndefined()
  inbox.push(3)
  occasions[0]?.()
  await turn
  expect(taken).toEqual([1, 2, 3])
})

test('what a turn itself has led to is taken without waiting', async () => {
  const { inbox, occasions } = make()
  inbox.push(1)
  expect(await inbox.next()).toEqual([1])
  expect(occasions).toHaveLength(0)
})

test('after each turn the next is waited for anew', async () => {
  const { inbox, occasions } = make()
  for (const event of [1, 2]) {
    const turn = inbox.next()
    inbox.push(event)
    occasions.pop()?.()
    expect(await turn).toEqual([event])
  }
})
