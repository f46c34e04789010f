/** What a message tells an actor to do. Its id names it in every trace that it leaves. */
export interface Command {
  readonly id: string
  readonly steps: readonly Step[]
  /** Fails so many times before it succeeds; for ever where it exceeds the attempts of the policy. */
  readonly fails?: number
  /** Fails for good at once. */
  readonly terminal?: boolean
}

export type Step =
  | { readonly do: 'send'; readonly to: Place; readonly command: Command }
  | {
      readonly do: 'delay'
      readonly ms: number
      readonly token?: string
      readonly to: Place
      readonly command: Command
    }
  | { readonly do: 'cancel'; readonly token: string }
  | { readonly do: 'put'; readonly key: string; readonly value: number }
  | { readonly do: 'remove'; readonly key: string }
  /** Adds one to what it reads. `catches`: whatever reading throws, it goes on as if nothing were there. */
  | { readonly do: 'bump'; readonly key: string; readonly catches: boolean }
  /** Notes all of the map in `scratch`. */
  | { readonly do: 'survey' }
  | { readonly do: 'fade'; readonly value: number }
  | { readonly do: 'scratch'; readonly text: string | undefined }
  | { readonly do: 'emit'; readonly mark: string; readonly padding: number }
  | { readonly do: 'ask'; readonly to: Place; readonly command: Command }

/** An address. */
export interface Place {
  readonly typename: string
  readonly id: string
}

/** The value in state `fading` is unset so long after it was last written. */
export const fadesAfterMs = 8_000
export const attemptsMax = 6

/** A record beyond it is refused by the cluster, though Millrace's own limits let it pass. */
export const recordBytesMax = 4_096

/** What a command leaves in the log of the actor that executes it. */
export interface Execution {
  /** The command's id; `=` and the reply, or `!` and the error, for an answer to what it had asked. */
  readonly command: string
  readonly nowMs: number
  /** What state `fading` held before. */
  readonly faded: number | undefined
}

/** What a survey notes. */
export const surveyOf = (cells: Iterable<readonly [string, number]>, size: number): string =>
  `${size} ${JSON.stringify([...cells].sort())}`
