/** Asks for the status each second and shows it. */
export const scriptStatus = String.raw`
const tokenKey = 'millrace.token'
let token = sessionStorage.getItem(tokenKey)
class Refused extends Error {}

const ask = async (path) => {
  const headers = token ? { authorization: 'Bearer ' + token } : {}
  const response = await fetch(path, { headers, cache: 'no-store', signal: AbortSignal.timeout(10000) })
  if (response.status === 401) throw new Refused()
  const body = await response.json()
  if (!response.ok) throw Object.assign(new Error(body.message || 'answered ' + response.status), { status: response.status })
  return body
}

const throughput = makeChart(byId('throughput'), byId('throughput-legend'),
  [{ label: 'Records in', className: 'one' }, { label: 'Messages', className: 'two' }], formatCount, 10)
const latency = makeChart(byId('latency'), byId('latency-legend'),
  [{ label: 'Commit', className: 'one' }, { label: 'Handlers', className: 'two' }], formatMs, 10)

const showPill = (tone, text) => { setData(byId('pill'), 'tone', tone); setText(byId('pill'), text) }
const plural = (count, one, many) => formatCount(count) + ' ' + (count === 1 ? one : many)

// Errors name their endpoint, for logs; here it stands before them already.
const withoutName = (error, name) => (error && error.startsWith(name + ': ') ? error.slice(name.length + 2) : error)

const showNotices = (status) => {
  const notices = [...(status.reasons || []).map((reason) => ['', 'Not ready', reason])]
  if (status.shadow) notices.push(['', 'Shadow', status.shadow])
  for (const { endpoint, state, lastError } of status.endpoints || [])
    if (state === 'failing') notices.push(['bad', endpoint, withoutName(lastError, endpoint) || 'does not answer'])
  for (const { typename, held } of status.functions || []) if (held) notices.push(['bad', typename + ' is held', held])
  const { parkedAddresses, parkedMessages, pausedFunctions } = status.now || {}
  if (parkedAddresses > 0)
    notices.push(['bad', plural(parkedAddresses, 'address is parked', 'addresses are parked'), plural(parkedMessages, 'message waits', 'messages wait') + ' at addresses that are parked or paused'])
  if (pausedFunctions > 0) notices.push(['', plural(pausedFunctions, 'function is paused', 'functions are paused'), 'by an operator'])
  const list = byId('notices')
  const key = JSON.stringify(notices)
  list.hidden = notices.length === 0
  if (list.dataset.key === key) return
  list.dataset.key = key
  list.replaceChildren(...notices.map(([className, what, why]) => {
    const item = make('li', className)
    item.append(make('strong', '', what), ' — ' + why)
    return item
  }))
}

const showTiles = ({ perSecond, totals, now, latency }) => fillTiles(byId('tiles'), [
  { label: 'Records in /s', value: formatCount(perSecond.records), also: formatCount(totals.records) + ' in all' },
  { label: 'Messages /s', value: formatCount(perSecond.messages), also: formatCount(totals.messages) + ' in all' },
  { label: 'Commit p99', value: formatMs(latency.commit.p99Ms), also: 'p50 ' + formatMs(latency.commit.p50Ms) },
  { label: 'Handlers p99', value: formatMs(latency.invocation.p99Ms), also: 'p50 ' + formatMs(latency.invocation.p50Ms) },
  { label: 'Lag', value: formatCount(now.lag), also: 'records behind' },
  { label: 'Pending', value: formatCount(now.pendingMessages), also: plural(now.requestsInFlight, 'request', 'requests') + ' in flight' },
  { label: 'Retries', value: formatCount(totals.retries), also: 'since start' },
  { label: 'Dead letters', value: formatCount(totals.deadLetters), also: 'since start', tone: totals.deadLetters > 0 ? 'warn' : undefined },
])

const states = { healthy: ['good', 'Healthy'], failing: ['bad', 'Failing'], undiscovered: ['warn', 'Not found yet'] }
const showFunctions = ({ functions, endpoints, now }) => {
  const stateOf = new Map(endpoints.map((each) => [each.endpoint, each.state]))
  fillRows(byId('functions'), functions.map(({ typename, endpoint, addresses, stateBytes, held }) => {
    const [tone, text] = held ? ['bad', 'Held'] : states[stateOf.get(endpoint)] || ['idle', none]
    return [
      { text: typename, className: 'name' }, { text: endpoint, className: 'where extra' },
      { text: formatCount(addresses), className: 'n' }, { text: formatBytes(stateBytes), className: 'n' },
      { text, tone },
    ]
  }), 'No functions are bound', 5)
  setText(byId('functions-sum'), plural(now.addresses, 'address', 'addresses') + ', ' + formatBytes(now.stateBytes) + ' of state')
  fillRows(byId('endpoints'), endpoints.map((each) => {
    const [tone, text] = states[each.state]
    return [
      { text: each.endpoint, className: 'name' },
      { text: formatCount(each.requestsInFlight) + ' / ' + formatCount(each.requestsInFlightMax), className: 'n' },
      { text: formatCount(each.addressesWaiting), className: 'n extra' },
      { text: formatMs(each.latency.p50Ms), className: 'n extra' }, { text: formatMs(each.latency.p99Ms), className: 'n' },
      { text, tone, why: each.state === 'healthy' ? '' : withoutName(each.lastError, each.endpoint) || '' },
    ]
  }), 'No endpoints are bound', 6)
  const options = byId('addresses')
  const key = functions.map(({ typename }) => typename).join(' ')
  if (options.dataset.key === key) return
  options.dataset.key = key
  options.replaceChildren(...functions.map(({ typename }) => Object.assign(make('option'), { value: typename + '/' })))
}

const lagShown = 8
let lagAll = false
const showLag = ({ lag }) => {
  const behind = lag.filter((each) => each.lag > 0).length
  setText(byId('lag-sum'), lag.length === 0 ? '' : behind === 0
    ? plural(lag.length, 'partition', 'partitions') + ', all caught up'
    : behind + ' of ' + plural(lag.length, 'partition', 'partitions') + ' behind')
  const order = [...lag].sort((a, b) => b.lag - a.lag || a.topic.localeCompare(b.topic) || a.partition - b.partition)
  const most = order.length === 0 ? 0 : order[0].lag
  const severalIngresses = new Set(lag.map(({ ingress }) => ingress)).size > 1
  fillRows(byId('lag'), order.slice(0, lagAll ? undefined : lagShown).map(({ ingress, topic, partition, lag: count }) => [
    { text: severalIngresses && ingress !== topic ? ingress + ' · ' + topic : topic, className: 'name' },
    { text: partition, className: 'n' }, { text: formatCount(count), className: 'n' },
    { share: most === 0 ? 0 : count / most, className: 'bar-column' },
  ]), 'No partitions are read', 4)
  const more = byId('lag-more')
  more.hidden = lag.length <= lagShown
  setText(more, lagAll ? 'Show the first ' + lagShown : 'Show all ' + lag.length)
}
byId('lag-more').addEventListener('click', () => { lagAll = !lagAll; if (last) showLag(last) })

const showFacts = ({ perSecond, now }) => fillFacts(byId('facts'), [
  ['Windows committed /s', formatCount(perSecond.windows)],
  ['Bytes committed /s', formatBytes(known(perSecond.windowBytes) ? Math.round(perSecond.windowBytes) : null)],
  ['Waiting to be published', plural(now.unpublishedWindows, 'window', 'windows') + ', ' + formatBytes(now.unpublishedBytes)],
  ['Requests from outside /s', formatCount(perSecond.requests)],
  ['Delayed messages', formatCount(now.delayedMessages)],
  ['Bytes of pending messages', formatBytes(now.pendingBytes)],
  ['Idempotency keys kept', formatCount(now.idempotencyKeys)],
  ['Undeliverable records', formatCount(now.undeliveredRecords)],
])

// A row each, functions first. Asked for only while there is something to see, and not each second.
const parkedEveryMs = 5000
let parkedAskedMs = -parkedEveryMs
const showParked = async ({ now }) => {
  const some = now.parkedAddresses + now.pausedAddresses + now.pausedFunctions > 0
  byId('parked-card').hidden = !some
  if (!some) parkedAskedMs = -parkedEveryMs
  if (!some || performance.now() - parkedAskedMs < parkedEveryMs) return
  const { pausedFunctions, total, messages, addresses } = await ask('/admin/parked')
  parkedAskedMs = performance.now()
  setText(byId('parked-sum'), plural(total, 'address', 'addresses') + ', ' + plural(messages, 'message', 'messages'))
  const since = (at) => ({ text: new Date(at).toLocaleString(), className: 'where extra' })
  fillRows(byId('parked'), [
    ...pausedFunctions.map(({ typename, since: at }) => [
      { text: 'all of ' + typename, className: 'name' }, { text: 'Paused', tone: 'warn' }, since(at),
      { text: none, className: 'n' }, 'An operator has paused it',
    ]),
    ...addresses.slice(0, 200).map(({ address, parked, pausedSince, messages: waiting }) => [
      { text: address, className: 'name' }, parked ? { text: 'Parked', tone: 'bad' } : { text: 'Paused', tone: 'warn' },
      since(parked ? parked.since : pausedSince), { text: formatCount(waiting), className: 'n' },
      parked ? parked.code + ': ' + parked.error : 'An operator has paused it',
    ]),
  ], 'None', 5)
}

let undeliveredSeen = 0
const showUndelivered = async ({ now }) => {
  byId('undelivered-card').hidden = !(now.undeliveredRecords > 0)
  if (undeliveredSeen === now.undeliveredRecords || !(now.undeliveredRecords > 0)) return
  const { total, records } = await ask('/admin/egress')
  undeliveredSeen = now.undeliveredRecords
  setText(byId('undelivered-sum'), plural(total, 'record', 'records'))
  fillRows(byId('undelivered'), records.slice(0, 200).map(({ topic, key, valueBytes, reason, log, window }) => [
    { text: topic, className: 'name' },
    { text: key === null ? none : typeof key === 'string' ? key : 'base64 ' + key.base64, className: 'where' },
    { text: formatBytes(valueBytes), className: 'n extra' }, reason, { text: log.slice(0, 8) + ' / ' + window, className: 'where extra' },
  ]), 'None', 5)
}

let last
let began
const show = (status) => {
  document.title = status.application + ' · Millrace'
  setText(byId('application'), status.application)
  setText(byId('updated'), new Date(status.at).toLocaleTimeString())
  showNotices(status)
  if (status.state === 'draining') showPill('warn', 'Stopping')
  else if (status.state === 'ended') showPill('bad', 'Ended')
  else if (status.state === 'starting') showPill('warn', 'Starting')
  else if (!status.ready) showPill('bad', 'Not ready')
  else if (byId('notices').hidden) showPill('good', 'Ready')
  else if (status.shadow) showPill('warn', 'Shadow')
  else showPill('warn', 'Degraded')
  if (!status.perSecond) return
  last = status
  const seconds = Date.parse(status.at) / 1000
  began = began || seconds
  throughput(seconds - began, [status.perSecond.records, status.perSecond.messages])
  latency(seconds - began, [status.latency.commit.p99Ms, status.latency.invocation.p99Ms])
  showTiles(status)
  showFunctions(status)
  showLag(status)
  showFacts(status)
  if (known(status.overSeconds) && status.overSeconds > 0) setText(byId('over'), String(Math.max(1, Math.round(status.overSeconds))))
}

const poll = async () => {
  if (!document.hidden)
    try {
      const status = await ask('/admin/status')
      byId('token-form').hidden = true
      byId('main').hidden = false
      byId('main').classList.remove('stale')
      show(status)
      if (status.now) await showUndelivered(status)
      if (status.now) await showParked(status)
    } catch (error) {
      if (error instanceof Refused) return askForToken()
      if (error.status === undefined) {
        showPill('bad', 'Unreachable')
        byId('main').classList.add('stale')
      }
    }
  setTimeout(poll, 1000)
}
const askForToken = () => {
  showPill('idle', 'Locked')
  byId('main').hidden = true
  byId('token-form').hidden = false
  setText(byId('token-error'), token ? 'That is not the token.' : '')
  byId('token').focus()
}
byId('token-form').addEventListener('submit', (event) => {
  event.preventDefault()
  token = byId('token').value.trim()
  sessionStorage.setItem(tokenKey, token)
  poll()
})
`
