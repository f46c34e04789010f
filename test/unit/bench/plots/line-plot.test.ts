import { describe, expect, it } from 'vitest'
import { linePlot, short, type LinePlot } from '../../../bench/plots/line-plot.ts'

const plot = (series: LinePlot['series']): string => linePlot({ title: 'A & B', x: 'keys', y: 'events/s', series })
const dots = (svg: string): { x: number; y: number }[] =>
  [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }))
const names = (svg: string): { y: number; name: string }[] =>
  [...svg.matchAll(/class="name" x="[\d.]+" y="([\d.]+)">([^<]+)</g)].map(([, y, name]) => ({
    y: Number(y),
    name: name!,
  }))

describe('a line plot', () => {
  it('has axes on which equal factors are equal distances', () => {
    const points = [10, 100, 1_000].map((x) => ({ x, y: x * 5 }))
    const [a, b, c] = dots(plot([{ name: 'one', points }]))
    expect(b!.x - a!.x).toBeCloseTo(c!.x - b!.x, 0)
    expect(a!.y - b!.y).toBeCloseTo(b!.y - c!.y, 0)
    expect(a!.x).toBeLessThan(b!.x)
    expect(a!.y).toBeGreaterThan(b!.y)
  })

  it('marks each x there is, and says title, axes and names', () => {
    const svg = plot([{ name: 'a <b>', points: [1, 16, 64, 256].map((x) => ({ x, y: 20_000 })) }])
    for (const text of ['>1<', '>16<', '>64<', '>256<', '>A &amp; B<', '>keys<', '>events/s<', '>a &lt;b&gt;<'])
      expect(svg).toContain(text)
  })

  it('draws a limit apart from what is measured', () => {
    const points = [{ x: 1, y: 1 }]
    const svg = plot([
      { name: 'bare', points, limit: true },
      { name: 'ours', points },
    ])
    expect(svg).toMatch(/<g class="limit"><polyline/)
    expect(svg).toMatch(/<g class="s0"><polyline/)
    expect(svg).toContain('.limit .line { stroke-dasharray')
  })

  it('keeps names apart where lines end together, and within the picture', () => {
    for (const y of [100, 500, 230]) {
      const series = ['a', 'b', 'c', 'd'].map((name) => ({
        name,
        points: [
          { x: 1, y: 500 },
          { x: 2, y },
        ],
      }))
      const places = names(plot(series)).map((each) => each.y)
      expect(places).toHaveLength(4)
      places.slice(1).forEach((place, i) => expect(place - places[i]!).toBeGreaterThanOrEqual(17.9))
      expect(Math.max(...places)).toBeLessThan(345)
    }
  })

  it('holds its points between its outermost marks', () => {
    for (const ys of [[7], [99, 101], [3, 40_000], [0.002, 0.9], [1e4, 1e7]]) {
      const svg = plot([{ name: 'one', points: ys.map((y, x) => ({ x: x + 1, y })) }])
      const grid = [...svg.matchAll(/class="grid" x1="[\d.]+" x2="560" y1="([\d.]+)"/g)].map(([, y]) => Number(y))
      expect(grid.length).toBeGreaterThan(1)
      for (const { y } of dots(svg)) {
        expect(y).toBeGreaterThanOrEqual(Math.min(...grid))
        expect(y).toBeLessThanOrEqual(Math.max(...grid))
      }
    }
  })

  it('does not make much of what hardly differs', () => {
    const [a, b] = dots(
      plot([
        {
          name: 'one',
          points: [
            { x: 1, y: 400 },
            { x: 2, y: 440 },
          ],
        },
      ]),
    )
    expect(a!.y - b!.y).toBeLessThan(15)
  })

  it('refuses what cannot be drawn', () => {
    expect(() => plot([{ name: 'one', points: [{ x: 1, y: 0 }] }])).toThrow('0 cannot be drawn')
    expect(() => plot([{ name: 'one', points: [{ x: -1, y: 1 }] }])).toThrow('-1 cannot be drawn')
    expect(() => plot([])).toThrow('nothing to draw')
    const points = [{ x: 1, y: 1 }]
    expect(() => plot(['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, points })))).toThrow('4 colours')
  })

  it.each([
    [0.25, '0.25'],
    [999, '999'],
    [10_000, '10 k'],
    [123_456, '123 k'],
    [2_500_000, '2.5 M'],
  ])('writes %s as %s', (value, text) => expect(short(value)).toBe(text))
})
