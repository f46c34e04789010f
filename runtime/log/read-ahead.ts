const requestsMax = 16
const bytesMax = 16 << 20

/** Reads items in their order, several at once, with so many bytes of them in memory at most (or one item). */
export async function* readAhead<Item extends { readonly bytes: number }, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const ahead: { readonly bytes: number; readonly result: Promise<Result> }[] = []
  let bytes = 0
  let next = 0
  for (;;) {
    for (let item = items[next]; item; item = items[++next]) {
      if (ahead.length >= requestsMax || (ahead.length > 0 && bytes + item.bytes > bytesMax)) break
      const result = read(item)
      // Reported when its turn comes.
      result.catch(() => undefined)
      ahead.push({ bytes: item.bytes, result })
      bytes += item.bytes
    }
    const first = ahead.shift()
    if (!first) return
    yield await first.result
    bytes -= first.bytes
  }
}
