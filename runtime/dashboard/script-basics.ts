/** How numbers read, and the few ways in which the page changes its document. Text only ever goes in as text. */
export const scriptBasics = String.raw`
const byId = (id) => document.getElementById(id)
const none = '–'
const known = (value) => typeof value === 'number' && Number.isFinite(value)
const grouped = new Intl.NumberFormat('en')

// 0.4, 12, 9,999, 12.3k, 4.56M: three digits that matter, and no more.
const formatCount = (value) => {
  if (!known(value)) return none
  if (value < 10000) return value < 10 && value % 1 !== 0 ? value.toFixed(1) : grouped.format(Math.round(value))
  for (const [unit, size] of [['k', 1e3], ['M', 1e6], ['G', 1e9]])
    if (value < size * 999.5) return Number((value / size).toPrecision(3)) + unit
  return Number((value / 1e12).toPrecision(3)) + 'T'
}
const formatBytes = (value) => {
  if (!known(value)) return none
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let at = 0
  while (value >= 1000 && at < units.length - 1) { value /= 1024; at++ }
  return (at === 0 ? String(value) : String(Number(value.toPrecision(3)))) + ' ' + units[at]
}
const formatMs = (value) => {
  if (!known(value)) return none
  if (value === 0) return '0 ms'
  if (value >= 999.5) return Number((value / 1000).toPrecision(3)) + ' s'
  return (value < 10 ? value.toFixed(1) : Math.round(value)) + ' ms'
}

const make = (tag, className, text) => {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text !== undefined) element.textContent = text
  return element
}
const setText = (element, text) => { if (element.textContent !== text) element.textContent = text }
const setData = (element, name, value) => {
  if (value === undefined) delete element.dataset[name]
  else if (element.dataset[name] !== value) element.dataset[name] = value
}

// Rows are filled again each second: what is there stays, so that a selection or a hover outlives it.
const fillRows = (body, rows, whenEmpty, columns) => {
  if (rows.length === 0) {
    if (body.dataset.empty !== whenEmpty) {
      const cell = make('td', 'empty', whenEmpty)
      cell.colSpan = columns
      const row = make('tr')
      row.append(cell)
      body.replaceChildren(row)
      body.dataset.empty = whenEmpty
    }
    return
  }
  if (body.dataset.empty !== undefined) { body.replaceChildren(); delete body.dataset.empty }
  while (body.rows.length > rows.length) body.deleteRow(-1)
  rows.forEach((cells, index) => {
    const row = body.rows[index] || body.insertRow()
    cells.forEach((cell, column) => fillCell(row.cells[column] || row.insertCell(), cell))
  })
}
const fillCell = (element, cell) => {
  const spec = typeof cell === 'object' && cell !== null ? cell : { text: cell }
  if (element.className !== (spec.className || '')) element.className = spec.className || ''
  if (spec.share !== undefined) return fillBar(element, spec.share)
  if (spec.tone === undefined) return setText(element, String(spec.text))
  let tag = element.firstElementChild
  if (!tag) { tag = make('span', 'tag'); element.replaceChildren(tag) }
  setData(tag, 'tone', spec.tone)
  setText(tag, spec.text)
  let why = element.children[1]
  if (spec.why && !why) { why = make('span', 'why'); element.append(why) }
  if (why) setText(why, spec.why || '')
}
const fillBar = (element, share) => {
  let bar = element.firstElementChild
  if (!bar) { bar = make('span', 'bar'); bar.append(make('i')); element.replaceChildren(bar) }
  bar.firstElementChild.style.width = Math.round(share * 1000) / 10 + '%'
}

// A list of pairs: {label, value, also, tone}.
const fillTiles = (list, tiles) => {
  tiles.forEach((tile, index) => {
    let box = list.children[index]
    if (!box) {
      box = make('div')
      box.append(make('dt', '', tile.label), make('dd', 'value'), make('dd', 'also'))
      list.append(box)
    }
    setData(box, 'tone', tile.tone)
    setText(box.children[1], tile.value)
    setText(box.children[2], tile.also)
  })
}
const fillFacts = (list, facts) => {
  facts.forEach(([label, value], index) => {
    if (!list.children[index * 2]) list.append(make('dt', '', label), make('dd'))
    setText(list.children[index * 2 + 1], value)
  })
}
`
