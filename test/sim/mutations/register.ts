import { registerHooks } from 'node:module'
import { edited } from './edited.ts'
import { mutations } from './list.ts'

// Loaded before anything else: the module that the mutation names is loaded with its fault.
const mutation = mutations.find(({ name }) => name === process.env['SIM_MUTATION'])
if (!mutation) throw new Error(`there is no mutation ${process.env['SIM_MUTATION']}`)

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    const edits = mutation.edits.filter(({ file }) => url.endsWith(`/${file}`))
    if (edits.length === 0) return loaded
    return { ...loaded, source: edits.reduce(edited, String(loaded.source)) }
  },
})
