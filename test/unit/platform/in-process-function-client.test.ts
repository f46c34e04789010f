import { expect, it } from 'vitest'
import { actor, nothing } from 'millrace'
import { inProcessFunctionClient } from '../../../runtime/platform/in-process-function-client.ts'
import { createHandler } from '../../../runtime/sdk/handler.ts'

it('gets maps whole for functions in this process, where a part would save nothing', async () => {
  const handler = createHandler([
    actor('a/b', { state: {}, messages: { go: nothing } }).handle({ go: () => undefined }),
  ])
  expect(handler.discovery.mapParts).toBe(true)
  expect(await inProcessFunctionClient(handler).discover()).toMatchObject({ ...handler.discovery, mapParts: false })
})
