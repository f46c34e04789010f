/** What happened when, for whoever has to understand a failure. */
export class Story {
  private readonly began = Date.now()
  private readonly lines: string[] = []

  tell(line: string): void {
    const seconds = ((Date.now() - this.began) / 1_000).toFixed(1).padStart(6)
    this.lines.push(`${seconds} s  ${line}`)
    if (process.env['FLOW_TELL'] !== undefined) process.stderr.write(`${seconds} s  ${line}\n`)
  }

  toString(): string {
    return this.lines.join('\n')
  }
}
