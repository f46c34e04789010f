import { createHash } from 'node:crypto'
import { markup } from './markup.ts'
import { scriptActor } from './script-actor.ts'
import { scriptBasics } from './script-basics.ts'
import { scriptChart } from './script-chart.ts'
import { scriptStatus } from './script-status.ts'
import { style } from './style.ts'

const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#1f6feb" stroke-width="2"><circle cx="12" cy="12" r="9"/><path d="M12 3v18M3 12h18M6 6l12 12M18 6L6 18"/></svg>'

const script = `(() => {\n'use strict'\n${[scriptBasics, scriptChart, scriptStatus, scriptActor].join('\n')}\n})()`

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/**
 * The status page: one document with everything in it, for GET /. It holds no data: it asks /admin/status each second. Its
 * policy lets nothing run, and nothing be asked, but what is in it and the coordinator itself.
 */
export const statusPage = {
  html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Millrace</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
<style>${style}</style>
</head>
<body>
${markup}
<script>${script}</script>
</body>
</html>
`,
  contentSecurityPolicy: [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(script)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
} as const
