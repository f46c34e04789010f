/** Some of the whole numbers from 0 on: at first all below `count`. */
export class Places {
  private readonly isIn: Uint8Array
  size: number

  constructor(count: number) {
    this.isIn = new Uint8Array(count).fill(1)
    this.size = count
  }

  /** False when it was not in. */
  delete(place: number): boolean {
    if (this.isIn[place] !== 1) return false
    this.isIn[place] = 0
    this.size--
    return true
  }

  *[Symbol.iterator](): Generator<number> {
    for (let place = 0; place < this.isIn.length; place++) if (this.isIn[place] === 1) yield place
  }
}
