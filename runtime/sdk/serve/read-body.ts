/** The body of a request, or undefined when it is larger than `bytesMax`; never more than that is held. */
export const readBody = async (request: Request, bytesMax: number): Promise<Uint8Array | undefined> => {
  const { headers } = request
  const declared = headers.get('content-length')
  if (Number(declared ?? 0) > bytesMax) return undefined
  if (request.body === null) return new Uint8Array(0)
  // HTTP ends a body where its length says, so it may be taken at once: the streams of Workers come in pieces of 4 KB, and
  // each takes them longer than the rest of the body together. In chunks it may go on for ever.
  if (declared !== null && !headers.has('transfer-encoding')) return atOnce(request, bytesMax)
  return counted(request.body, bytesMax)
}

const atOnce = async (request: Request, bytesMax: number): Promise<Uint8Array | undefined> => {
  const body = new Uint8Array(await request.arrayBuffer())
  return body.length > bytesMax ? undefined : body
}

const counted = async (stream: ReadableStream<Uint8Array>, bytesMax: number): Promise<Uint8Array | undefined> => {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunksOf(stream)) {
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
