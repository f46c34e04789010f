/** A deliberate fault of the protocol: pieces of the shipped code, and what stands there instead. */
export interface Mutation {
  readonly name: string
  /** The rule of docs/commit-protocol.md that it breaks. */
  readonly rule: number
  readonly edits: readonly Edit[]
}

export interface Edit {
  readonly file: string
  /** Occurs once in the file. */
  readonly find: string
  readonly replace: string
}
