/** Bytes as people read them: text, most of the time. */
export const bytesView = (bytes: Uint8Array): string | { readonly base64: string } => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') }
  }
}
