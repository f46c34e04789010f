import fc from 'fast-check'

/** Bytes as they are, then a copy of `length` bytes from `distance` back. The last step of a text has no copy. */
export interface Step {
  readonly literal: Uint8Array
  readonly distance?: number
  readonly length?: number
}

/** Texts whose copies reach back into what is there, overlapping themselves or not. */
export const steps: fc.Arbitrary<Step[]> = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(), fc.integer({ min: 4, max: 700 })), {
    maxLength: 12,
  })
  .chain((raw) =>
    fc.uint8Array({ maxLength: 20 }).map((end) => {
      let there = 0
      const steps = raw.map(([literal, back, length]): Step => {
        there += literal.length
        const distance = 1 + (back % there)
        there += length
        return { literal, distance, length }
      })
      return [...steps, { literal: end }]
    }),
  )

export const expand = (steps: readonly Step[]): Buffer => {
  const out: number[] = []
  for (const { literal, distance, length } of steps) {
    out.push(...literal)
    for (let i = 0; i < (length ?? 0); i++) out.push(out[out.length - distance!]!)
  }
  return Buffer.from(out)
}

const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)])

const snappyLiteral = (literal: Uint8Array): number[] => {
  const n = literal.length - 1
  if (n < 0) return []
  if (n < 60) return [n << 2, ...literal]
  return n < 256 ? [60 << 2, n, ...literal] : [61 << 2, n & 255, n >>> 8, ...literal]
}

/** Uses each of the three kinds of copy where it fits. */
const snappyCopy = (distance: number, length: number): number[] => {
  if (length > 64) return [...snappyCopy(distance, 60), ...snappyCopy(distance, length - 60)]
  if (length >= 4 && length <= 11 && distance < 2048)
    return [1 | ((length - 4) << 2) | ((distance >>> 8) << 5), distance & 255]
  if (distance % 2 === 0) return [2 | ((length - 1) << 2), distance & 255, distance >>> 8]
  return [3 | ((length - 1) << 2), distance & 255, distance >>> 8, 0, 0]
}

export const snappyBlock = (steps: readonly Step[]): Buffer => {
  const size = steps.reduce((sum, { literal, length }) => sum + literal.length + (length ?? 0), 0)
  const elements = steps.flatMap(({ literal, distance, length }) => [
    ...snappyLiteral(literal),
    ...(distance === undefined ? [] : snappyCopy(distance, length!)),
  ])
  return Buffer.from([...varint(size), ...elements])
}

/** Blocks in the framing of xerial's Java library. */
export const xerial = (blocks: readonly Buffer[]): Buffer => {
  const sized = blocks.flatMap((block) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    return [length, block]
  })
  return Buffer.concat([Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]), ...sized])
}

const lz4More = (n: number): number[] =>
  n < 15 ? [] : [...Array<number>(Math.floor((n - 15) / 255)).fill(255), (n - 15) % 255]

const lz4Sequence = ({ literal, distance, length }: Step): number[] => {
  const copied = distance === undefined ? 0 : length! - 4
  const token = (Math.min(literal.length, 15) << 4) | Math.min(copied, 15)
  const copy = distance === undefined ? [] : [distance & 255, distance >>> 8, ...lz4More(copied)]
  return [token, ...lz4More(literal.length), ...literal, ...copy]
}

const littleEndian = (n: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(n >>> 0)
  return bytes
}

/** A frame of one packed block and one that lies as it is. Checksums are left 0: they are not looked at. */
export const lz4Frame = (steps: readonly Step[]): Buffer => {
  const last = steps.at(-1)!
  const packed = Buffer.from([...steps.slice(0, -1), { literal: new Uint8Array(0) }].flatMap(lz4Sequence))
  const stored = Buffer.from(last.literal)
  return Buffer.concat([
    Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x44, 0x40, 0]),
    littleEndian(packed.length),
    packed,
    ...(stored.length === 0 ? [] : [littleEndian(stored.length | 0x8000_0000), stored]),
    littleEndian(0),
    littleEndian(0),
  ])
}
