/** A stream of a first piece and what follows, each piece made when there is room for it. */
export const resultStream = (
  first: Uint8Array<ArrayBuffer>,
  rest: AsyncIterable<Uint8Array>,
): ReadableStream<Uint8Array> => {
  const pieces = rest[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    start(controller) {
      if (first.length > 0) controller.enqueue(first)
    },
    async pull(controller) {
      const next = await pieces.next()
      if (next.done === true) controller.close()
      else controller.enqueue(next.value)
    },
    async cancel() {
      await pieces.return?.()
    },
  })
}
