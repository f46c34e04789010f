import { logScale, scaleOf, type LogScale } from './log-scale.ts'

export interface Series {
  readonly name: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
  /** A raw limit: drawn dashed. */
  readonly limit?: boolean
}

export interface LinePlot {
  readonly title: string
  /** What the axes measure, with the unit. The x axis has a mark at each x there is. */
  readonly x: string
  readonly y: string
  readonly series: readonly Series[]
}

const width = 720
const height = 400
const area = { left: 84, right: 560, top: 72, bottom: 336 }
const labelGap = 18

// Colours that stay apart for the colour-blind, in a light and in a dark page. A picture in a page follows the reader's
// system, so one file serves both.
const style = `
    .ground { fill: #ffffff } .text { fill: #1f2328 } .quiet { fill: #59636e } .grid { stroke: #d1d9e0 }
    .s0 { --line: #0072b2 } .s1 { --line: #d55e00 } .s2 { --line: #007f5f } .s3 { --line: #a0479b } .limit { --line: #59636e }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0d1117 } .text { fill: #e6edf3 } .quiet { fill: #9198a1 } .grid { stroke: #3d444d }
      .s0 { --line: #56b4e9 } .s1 { --line: #f0883e } .s2 { --line: #3fcf9b } .s3 { --line: #d59bd0 } .limit { --line: #9198a1 }
    }
    text { font: 13px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif }
    .title { font-size: 16px; font-weight: 600 }
    .line { fill: none; stroke: var(--line); stroke-width: 2.25; stroke-linejoin: round }
    .limit .line { stroke-dasharray: 6 5 }
    .dot { fill: var(--line) } .name { fill: var(--line); font-weight: 600 }`
const colours = 4

/** A line plot with logarithmic axes as an SVG picture. Throws for values that are not above 0, or too many series. */
export const linePlot = ({ title, x: xText, y: yText, series }: LinePlot): string => {
  if (series.filter(({ limit }) => !limit).length > colours) throw new Error(`a plot has ${colours} colours for lines`)
  const points = series.flatMap((each) => each.points)
  const xs = scaleOf(points.map(({ x }) => x))
  const ys = logScale(points.map(({ y }) => y))
  const across = (x: number): number => round(area.left + (0.03 + 0.94 * xs.at(x)) * (area.right - area.left))
  const up = (y: number): number => round(area.bottom - ys.at(y) * (area.bottom - area.top))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">
  <title>${escape(title)}</title>
  <style>${style}
  </style>
  <rect class="ground" width="${width}" height="${height}"/>
  <text class="text title" x="20" y="28">${escape(title)}</text>
  <text class="quiet" x="20" y="48">${escape(yText)}</text>
  <text class="quiet" x="${(area.left + area.right) / 2}" y="${area.bottom + 46}" text-anchor="middle">${escape(xText)}</text>
${[...gridOf(ys, up), ...marksOf(xs, across), ...linesOf(series, across, up), ...namesOf(series, up)].join('\n')}
</svg>
`
}

const gridOf = ({ ticks }: LogScale, up: (y: number) => number): string[] =>
  ticks.flatMap((tick) => [
    `  <line class="grid" x1="${area.left}" x2="${area.right}" y1="${up(tick)}" y2="${up(tick)}"/>`,
    `  <text class="quiet" x="${area.left - 10}" y="${up(tick) + 4.5}" text-anchor="end">${short(tick)}</text>`,
  ])

const marksOf = ({ ticks }: LogScale, across: (x: number) => number): string[] =>
  ticks.flatMap((tick) => [
    `  <line class="grid" x1="${across(tick)}" x2="${across(tick)}" y1="${area.bottom}" y2="${area.bottom + 6}"/>`,
    `  <text class="quiet" x="${across(tick)}" y="${area.bottom + 22}" text-anchor="middle">${short(tick)}</text>`,
  ])

const classesOf = (series: readonly Series[]): string[] => {
  let colour = 0
  return series.map(({ limit }) => (limit ? 'limit' : `s${colour++}`))
}

const linesOf = (series: readonly Series[], across: (x: number) => number, up: (y: number) => number): string[] => {
  const classes = classesOf(series)
  return series.map(({ name, points }, place) => {
    const sorted = [...points].sort((a, b) => a.x - b.x)
    const path = sorted.map(({ x, y }) => `${across(x)},${up(y)}`).join(' ')
    const dots = sorted.map(
      ({ x, y }) =>
        `<circle class="dot" cx="${across(x)}" cy="${up(y)}" r="3.5"><title>${escape(`${name}: ${short(y)} at ${short(x)}`)}</title></circle>`,
    )
    return `  <g class="${classes[place]}"><polyline class="line" points="${path}"/>${dots.join('')}</g>`
  })
}

/** Each series has its name where its line ends, moved apart where they would overlap. */
const namesOf = (series: readonly Series[], up: (y: number) => number): string[] => {
  const classes = classesOf(series)
  const ends = series.map(({ name, points }, place) => {
    const last = points.reduce((a, b) => (b.x > a.x ? b : a))
    return { name, place, y: up(last.y) }
  })
  ends.sort((a, b) => a.y - b.y)
  ends.forEach((end, i) => (end.y = Math.max(end.y, (ends[i - 1]?.y ?? -Infinity) + labelGap)))
  // What was pushed out below goes up again, and takes along what is in its way.
  for (let i = ends.length - 1, most = area.bottom; i >= 0; i--, most = ends[i + 1]!.y - labelGap)
    ends[i]!.y = Math.min(ends[i]!.y, most)
  return ends.map(
    ({ name, place, y }) =>
      `  <g class="${classes[place]}"><text class="name" x="${area.right + 10}" y="${round(y + 4.5)}">${escape(name)}</text></g>`,
  )
}

const units = [
  { from: 1e9, unit: ' G' },
  { from: 1e6, unit: ' M' },
  { from: 1e3, unit: ' k' },
]

/** 250 k for 250000; three digits. */
export const short = (value: number): string => {
  const { from, unit } = units.find((each) => value >= each.from) ?? { from: 1, unit: '' }
  return `${Number((value / from).toPrecision(3))}${unit}`
}

const round = (value: number): number => Math.round(value * 10) / 10

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
