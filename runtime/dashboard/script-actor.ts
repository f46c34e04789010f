/** Looks up an actor by its address and shows its state as a tree that opens. */
export const scriptActor = String.raw`
const leaf = (key, className, text) => {
  const line = make('div', 'leaf')
  if (key !== undefined) line.append(make('span', 'key', key + ': '))
  line.append(make('span', className, text))
  return line
}
const previewLength = 72
const preview = (value) => {
  const text = JSON.stringify(value)
  return text.length > previewLength ? text.slice(0, previewLength) + '…' : text
}
// A branch is filled when it is opened, so that a large state shows at once; closed, its line says how it begins.
const tree = (key, value, open) => {
  if (value === null || typeof value !== 'object')
    return leaf(key, value === null ? 'null' : typeof value, typeof value === 'string' ? JSON.stringify(value) : String(value))
  const list = Array.isArray(value)
  const entries = list ? value.map((each, index) => [index, each]) : Object.entries(value)
  if (entries.length === 0) return leaf(key, 'count', list ? '[]' : '{}')
  const branch = make('details')
  const summary = make('summary')
  if (key !== undefined) summary.append(make('span', 'key', key + ': '))
  const count = list ? plural(entries.length, 'item', 'items') : plural(entries.length, 'entry', 'entries')
  summary.append(make('span', 'count', count), make('span', 'preview', preview(value)))
  branch.append(summary)
  const fill = () => { if (branch.children.length === 1) branch.append(...entries.map(([name, each]) => tree(name, each, false))) }
  branch.addEventListener('toggle', () => { if (branch.open) fill() })
  if (open && entries.length <= 20) { fill(); branch.open = true }
  return branch
}

// What a state holds, without the wrapping that the answer has for programs.
const contentOf = (state) => {
  if (state.kind === 'value') return state.value
  if (state.kind === 'list') return state.items
  const plain = state.entries.every(({ key }) => typeof key !== 'object')
  return plain ? Object.fromEntries(state.entries.map(({ key, value }) => [String(key), value])) : state.entries
}
const typeOfState = ({ kind, typename, keyTypename }) => {
  const short = (name) => name.replace(/^io\.(statefun|millrace)\.types\//, '')
  return kind === 'value' ? short(typename) : kind === 'list' ? 'list of ' + short(typename) : 'map of ' + short(keyTypename) + ' to ' + short(typename)
}

const showActor = (view) => {
  const facts = make('div', 'actor-facts')
  const fact = (label, value) => { const span = make('span', '', label + ' '); span.append(make('b', '', value)); facts.append(span) }
  fact('State', formatBytes(view.stateBytes))
  fact('Pending messages', formatCount(view.pendingMessages))
  fact('In flight', formatCount(view.inFlightMessages))
  fact('Delayed messages', formatCount(view.delayedMessages))
  if (view.failures > 0) fact('First message failed', view.failures + ' times')
  if (view.parked) fact('Parked', view.parked.code + ' since ' + new Date(view.parked.since).toLocaleString())
  if (view.pausedSince || view.functionPausedSince) fact('Paused since', new Date(view.pausedSince || view.functionPausedSince).toLocaleString())
  if (view.retryAt) fact('Next attempt', new Date(view.retryAt).toLocaleTimeString())
  const table = make('table', 'states')
  const head = table.createTHead().insertRow()
  for (const title of ['State', 'Type', 'Value']) head.append(make('th', '', title))
  const body = table.createTBody()
  for (const [name, state] of Object.entries(view.states)) {
    const row = body.insertRow()
    row.append(make('td', 'name', name))
    const type = make('td', 'where', typeOfState(state))
    if (state.version > 1) type.append(make('span', 'why', 'version ' + state.version))
    if (state.expiresAt) type.append(make('span', 'why', 'until ' + new Date(state.expiresAt).toLocaleString()))
    const value = make('td')
    const content = make('div', 'tree')
    content.append(tree(undefined, contentOf(state), true))
    value.append(content)
    const shown = (state.items || state.entries || []).length
    if (state.size > shown) value.append(make('span', 'why', 'the first ' + grouped.format(shown) + ' of ' + grouped.format(state.size)))
    row.append(type, value)
  }
  if (body.rows.length === 0) fillRows(body, [], 'No state is set', 3)
  const scroll = make('div', 'scroll')
  scroll.append(table)
  byId('actor').replaceChildren(facts, scroll)
}

const lookUp = async (address) => {
  const match = /^([^/]+)\/([^/]+)\/(.*)$/s.exec(address)
  try {
    if (!match) throw new Error('An address is written namespace/name/id, as bank/account/bob.')
    showActor(await ask('/admin/state/' + match.slice(1).map(encodeURIComponent).join('/')))
  } catch (error) {
    if (error instanceof Refused) return askForToken()
    byId('actor').replaceChildren(make('p', error.status === 404 ? 'empty' : 'error', error.message))
  }
}
const addressInHash = () => {
  try { return decodeURIComponent(location.hash.slice(1)) } catch { return '' }
}
byId('look').addEventListener('submit', (event) => {
  event.preventDefault()
  const address = byId('address').value.trim()
  history.replaceState(null, '', '#' + encodeURIComponent(address))
  lookUp(address)
})
if (addressInHash()) {
  byId('address').value = addressInHash()
  lookUp(addressInHash())
}
poll()
`
