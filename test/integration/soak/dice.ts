import { seededRandom } from '../../../runtime/platform/seeded-random.ts'

/** What is drawn from one seed. */
export class Dice {
  private readonly random: ReturnType<typeof seededRandom>

  constructor(seed: string) {
    this.random = seededRandom(seed)
  }

  between(least: number, most: number): number {
    return least + this.random.next() * (most - least)
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[Math.floor(this.random.next() * items.length)] ?? items[0]
  }
}
