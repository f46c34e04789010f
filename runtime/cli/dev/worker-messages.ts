// What goes between `millrace dev` and the process that holds workerd.

/** Serve this script from now on. */
export interface ToWorkerProcess {
  readonly script: string
  readonly bindings: Readonly<Record<string, string>>
}

export type FromWorkerProcess =
  { readonly kind: 'serving'; readonly url: string } | { readonly kind: 'failed'; readonly message: string }
