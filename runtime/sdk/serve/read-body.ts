/** The body of a request, or undefined when it is larger than `bytesMax`; never more than that is held. */
export const readBody = async (request: Request, bytesMax: number): Promise<Uint8Array | undefined> => {
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) return undefined
  if (request.body === null) return new Uint8Array(0)
  // The length may be missing or wrong, so it is counted.
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunksOf(request.body)) {
    length += chunk.length
    if (length > bytesMax) return undefined
    chunks.push(chunk)
  }
  if (chunks.length === 1) return chunks[0]
  const body = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.length
  }
  return body
}

/** Not every platform's streams can be iterated by themselves. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  let ended = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      ended = done
      if (done) return
      yield value
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined)
  }
}
