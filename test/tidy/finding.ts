/** A breach of a house rule: where, which, and what to do about it. */
export interface Finding {
  readonly file: string
  readonly line: number
  readonly rule: string
  readonly advice: string
}

/** One line of output, in the form that editors make clickable. */
export function formatFinding({ file, line, rule, advice }: Finding): string {
  return `${file}:${line}: ${rule}: ${advice}`
}
