/** What the page shows before its first numbers, and its places for them. */
export const markup = String.raw`
<header class="top">
  <div class="brand">
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8.5"/><path d="M12 3.5v17M3.5 12h17M6 6l12 12M18 6L6 18"/><circle class="hub" cx="12" cy="12" r="2.6"/></svg>
    <h1>Millrace</h1><span class="application" id="application"></span>
  </div>
  <div class="health"><span class="pill" id="pill" data-tone="idle" role="status">Connecting</span><time id="updated"></time></div>
</header>
<form class="notice" id="token-form" hidden>
  <label for="token">This coordinator asks for its token (<code>http.token</code>)</label>
  <input class="hidden" type="text" autocomplete="username" value="millrace" tabindex="-1" aria-hidden="true" readonly>
  <input id="token" type="password" autocomplete="current-password" required>
  <button>Open</button>
  <p class="error" id="token-error" role="alert"></p>
</form>
<main id="main">
  <ul class="notices" id="notices" aria-label="What needs attention" hidden></ul>
  <section aria-label="At a glance"><dl class="tiles" id="tiles"></dl></section>
  <div class="pair">
    <section class="card" aria-labelledby="throughput-title">
      <div class="head"><h2 id="throughput-title">Throughput</h2><span class="unit">per second</span><div class="legend" id="throughput-legend"></div></div>
      <div class="chart" id="throughput"></div>
    </section>
    <section class="card" aria-labelledby="latency-title">
      <div class="head"><h2 id="latency-title">Latency</h2><span class="unit">99th percentile</span><div class="legend" id="latency-legend"></div></div>
      <div class="chart" id="latency"></div>
    </section>
  </div>
  <div class="pair wide-left">
    <div class="stack">
      <section class="card" aria-labelledby="functions-title">
        <div class="head"><h2 id="functions-title">Functions</h2><span class="unit" id="functions-sum"></span></div>
        <div class="scroll"><table><thead><tr><th>Function</th><th class="extra">Served by</th><th class="n">Addresses</th><th class="n">State</th><th>Status</th></tr></thead><tbody id="functions"></tbody></table></div>
      </section>
      <section class="card" aria-labelledby="endpoints-title">
        <div class="head"><h2 id="endpoints-title">Endpoints</h2></div>
        <div class="scroll"><table><thead><tr><th>Endpoint</th><th class="n">In flight</th><th class="n extra">Waiting</th><th class="n extra">p50</th><th class="n">p99</th><th>Status</th></tr></thead><tbody id="endpoints"></tbody></table></div>
      </section>
      <section class="card" aria-labelledby="actor-title">
        <div class="head"><h2 id="actor-title">Look up an actor</h2><span class="unit">committed state</span></div>
        <form class="look" id="look">
          <label class="hidden" for="address">Address</label>
          <input id="address" list="addresses" placeholder="namespace/name/id" spellcheck="false" autocapitalize="off" autocomplete="off" required>
          <datalist id="addresses"></datalist>
          <button>Look up</button>
        </form>
        <div id="actor" aria-live="polite"></div>
      </section>
    </div>
    <div class="stack">
      <section class="card" aria-labelledby="lag-title">
        <div class="head"><h2 id="lag-title">Lag</h2><span class="unit" id="lag-sum"></span></div>
        <div class="scroll"><table><thead><tr><th>Topic</th><th class="n">Partition</th><th class="n">Records behind</th><th class="bar-column"><span class="hidden">Share</span></th></tr></thead><tbody id="lag"></tbody></table></div>
        <button class="more" id="lag-more" type="button" hidden></button>
      </section>
      <section class="card" aria-labelledby="log-title">
        <div class="head"><h2 id="log-title">Log and memory</h2></div>
        <dl class="facts" id="facts"></dl>
      </section>
    </div>
  </div>
  <section class="card" id="parked-card" aria-labelledby="parked-title" hidden>
    <div class="head"><h2 id="parked-title">Parked and paused</h2><span class="unit" id="parked-sum"></span></div>
    <div class="scroll"><table><thead><tr><th>Address</th><th>Is</th><th class="extra">Since</th><th class="n">Messages</th><th>Why</th></tr></thead><tbody id="parked"></tbody></table></div>
  </section>
  <section class="card" id="undelivered-card" aria-labelledby="undelivered-title" hidden>
    <div class="head"><h2 id="undelivered-title">Undeliverable records</h2><span class="unit" id="undelivered-sum"></span></div>
    <div class="scroll"><table><thead><tr><th>Topic</th><th>Key</th><th class="n extra">Size</th><th>Why it cannot be written</th><th class="extra">Window</th></tr></thead><tbody id="undelivered"></tbody></table></div>
  </section>
</main>
<footer>Numbers of the last <span id="over">5</span> seconds. The same are at <a href="/metrics">/metrics</a> for Prometheus.</footer>
<noscript>This page reads its numbers with JavaScript. Without it: <a href="/ready">/ready</a>, <a href="/metrics">/metrics</a>.</noscript>
`
