/** Lines over the last three minutes, drawn as SVG. */
export const scriptChart = String.raw`
const secondsKept = 180
const svgElement = (tag, attributes, text) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  if (text !== undefined) element.textContent = text
  return element
}
// 1, 2 or 5 times a power of ten: ticks that are read without thinking.
const niceStep = (most, count) => {
  const rough = most / count
  const power = 10 ** Math.floor(Math.log10(rough))
  return [1, 2, 5, 10].map((each) => each * power).find((step) => step >= rough)
}

// series: [{label, className}]; push(seconds, values) adds a point and draws.
const makeChart = (root, legend, series, format, least) => {
  const points = []
  let hovered
  const tip = make('div', 'tip')
  tip.hidden = true
  const svg = svgElement('svg', { role: 'img' })
  root.append(svg, tip)
  const values = series.map(({ label, className }) => {
    const entry = make('span')
    const value = make('b', '', none)
    entry.append(make('i', className), label, value)
    legend.append(entry)
    return value
  })
  const margin = { left: 46, right: 8, top: 8, bottom: 20 }

  const draw = () => {
    const width = root.clientWidth
    const height = root.clientHeight
    if (width === 0) return
    const now = points.length === 0 ? 0 : points[points.length - 1].at
    const highest = Math.max(least, ...points.flatMap((point) => point.values.filter(known)))
    // A page that was just opened shows one minute, so that its first seconds can be seen.
    const secondsShown = points.length > 0 && now - points[0].at > 60 ? secondsKept : 60
    const step = niceStep(highest, 3)
    const top = Math.ceil(highest / step - 1e-9) * step
    const x = (at) => width - margin.right - ((now - at) / secondsShown) * (width - margin.left - margin.right)
    const y = (value) => height - margin.bottom - (value / top) * (height - margin.top - margin.bottom)
    svg.setAttribute('viewBox', '0 0 ' + width + ' ' + height)
    const parts = []
    for (let tick = 0; tick <= top + step / 2; tick += step) {
      parts.push(svgElement('line', { class: 'grid', x1: margin.left, x2: width - margin.right, y1: y(tick), y2: y(tick) }))
      parts.push(svgElement('text', { x: margin.left - 8, y: y(tick) + 4, 'text-anchor': 'end' }, format(tick)))
    }
    for (const third of [3, 2, 1, 0]) {
      const anchor = third === 3 ? 'start' : third === 0 ? 'end' : 'middle'
      const ago = (third * secondsShown) / 3
      const text = ago === 0 ? 'now' : ago < 60 || secondsShown === 60 ? '−' + ago + ' s' : '−' + ago / 60 + ' min'
      parts.push(svgElement('text', { x: x(now - ago), y: height - 4, 'text-anchor': anchor }, text))
    }
    series.forEach(({ className }, index) => {
      const runs = []
      let run
      for (const { at, values } of points) {
        if (!known(values[index])) { run = undefined; continue }
        if (!run) { run = []; runs.push(run) }
        run.push([x(at), y(values[index])])
      }
      const path = runs.map((each) => 'M' + each.map((p) => p[0].toFixed(1) + ' ' + p[1].toFixed(1)).join('L')).join('')
      if (index === 0)
        for (const each of runs) {
          const line = each.map((p) => p[0].toFixed(1) + ' ' + p[1].toFixed(1)).join('L')
          const base = 'L' + each[each.length - 1][0].toFixed(1) + ' ' + y(0) + 'L' + each[0][0].toFixed(1) + ' ' + y(0) + 'Z'
          parts.push(svgElement('path', { class: 'area', d: 'M' + line + base }))
        }
      if (path) parts.push(svgElement('path', { class: className, d: path }))
    })
    const marked = hovered === undefined ? points[points.length - 1] : nearest(x)
    if (marked) {
      if (hovered !== undefined)
        parts.push(svgElement('line', { class: 'cursor', x1: x(marked.at), x2: x(marked.at), y1: margin.top, y2: height - margin.bottom }))
      series.forEach(({ className }, index) => {
        const value = marked.values[index]
        if (known(value)) parts.push(svgElement('circle', { class: className, cx: x(marked.at), cy: y(value), r: 3.5 }))
      })
    }
    svg.replaceChildren(...parts)
    showTip(marked, width, now, x)
  }

  const nearest = (x) => {
    let best
    for (const point of points)
      if (!best || Math.abs(x(point.at) - hovered) < Math.abs(x(best.at) - hovered)) best = point
    return best
  }
  const showTip = (point, width, now, x) => {
    tip.hidden = hovered === undefined || !point
    if (tip.hidden) return
    const ago = Math.round(now - point.at)
    tip.replaceChildren(make('span', 'unit', ago === 0 ? 'now' : ago + ' s ago'))
    series.forEach(({ label }, index) => {
      const row = make('div')
      row.append(label, make('b', '', format(point.values[index])))
      tip.append(row)
    })
    const at = x(point.at)
    const left = at > width / 2
    tip.style.left = left ? '' : at + 12 + 'px'
    tip.style.right = left ? width - at + 12 + 'px' : ''
  }
  root.addEventListener('pointermove', (event) => { hovered = event.clientX - root.getBoundingClientRect().left; draw() })
  root.addEventListener('pointerleave', () => { hovered = undefined; draw() })
  new ResizeObserver(draw).observe(root)

  return (at, latest) => {
    points.push({ at, values: latest })
    while (points.length > 0 && points[0].at < at - secondsKept) points.shift()
    values.forEach((value, index) => setText(value, format(latest[index])))
    svg.setAttribute('aria-label', series.map(({ label }, index) => label + ' ' + format(latest[index])).join(', '))
    draw()
  }
}
`
