/** The body of a request, or undefined when it is larger than `bytesMax`; never more than that is held. */
export const readBody = async (request: Request, bytesMax: number): Promise<Uint8Array | undefined> => {
  const { headers } = request
  // What is missing, or no number, is neither more nor less than anything.
  const length = Number(headers.get('content-length') ?? NaN)
  if (length > bytesMax) return undefined
  if (request.body === null) return new Uint8Array(0)
  // HTTP ends a body where its length says, so it may be taken at once: the streams of Workers come in pieces of 4 KB, which
  // cost them more than ten microseconds each. In chunks it may go on for ever.
  if (length >= 0 && !headers.has('transfer-encoding')) return atOnce(request, bytesMax)
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
