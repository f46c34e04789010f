import type { ObjectStore } from '../ports/object-store.ts'
import { objectsOf } from './collect.ts'
import type { CheckpointPointer, Manifest, RootPointer } from './manifest.ts'
import type { Root } from './root.ts'

/** Which objects the checkpoints that a manifest points to consist of. They share most of them. */
export class KeptRoots {
  private readonly store: ObjectStore
  private readonly objects = new Map<string, readonly string[]>()

  constructor(store: ObjectStore) {
    this.store = store
  }

  /** Saves reading it. */
  know(pointer: RootPointer, { segments }: Root): void {
    this.objects.set(pointer.root, [pointer.root, ...segments.map(({ key }) => key)])
  }

  /** The objects that `before` needed and `now` does not. */
  async dropped(before: Manifest, now: Manifest): Promise<readonly string[]> {
    const needed = await this.needed(now)
    const dropped = [...(await this.needed(before))].filter((key) => !needed.has(key))
    for (const key of dropped) this.objects.delete(key)
    return dropped
  }

  private async needed({ checkpoint, retained }: Manifest): Promise<ReadonlySet<string>> {
    const needed = new Set<string>()
    for (const pointer of checkpoint ? [...retained, checkpoint] : retained)
      for (const key of await this.objectsOf(pointer)) needed.add(key)
    return needed
  }

  private async objectsOf(pointer: CheckpointPointer): Promise<readonly string[]> {
    if ('parts' in pointer) return pointer.parts
    const known = this.objects.get(pointer.root) ?? (await objectsOf(this.store, pointer))
    this.objects.set(pointer.root, known)
    return known
  }
}
