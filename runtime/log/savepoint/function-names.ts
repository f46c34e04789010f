/**
 * What the functions of a savepoint are called where it is restored. A function that is dropped keeps its name where others
 * still speak of it: as who has called, as who waits for a reply.
 */
export class FunctionNames {
  private readonly renamed: ReadonlyMap<string, string>
  private readonly dropped: ReadonlySet<string>

  constructor(renamed: ReadonlyMap<string, string> = new Map(), dropped: Iterable<string> = []) {
    this.renamed = renamed
    this.dropped = new Set(dropped)
  }

  isDropped(typename: string): boolean {
    return this.dropped.has(typename)
  }

  as(typename: string): string {
    return this.renamed.get(typename) ?? typename
  }

  /** Of a request: the target that a scope begins with is called anew, its key stays. */
  scope(scope: string): string {
    const parts = scopeParts(scope)
    return parts ? JSON.stringify([this.as(parts[0]), ...parts.slice(1)]) : scope
  }

  isScopeDropped(scope: string): boolean {
    const parts = scopeParts(scope)
    return parts !== undefined && this.isDropped(parts[0])
  }
}

/** Undefined for requests without an idempotency key, whose scope is a random name. */
const scopeParts = (scope: string): readonly [string, ...unknown[]] | undefined => {
  if (!scope.startsWith('[')) return undefined
  try {
    const parts: unknown = JSON.parse(scope)
    const [typename, ...rest]: readonly unknown[] = Array.isArray(parts) ? parts : []
    return typeof typename === 'string' ? [typename, ...rest] : undefined
  } catch {
    return undefined
  }
}
