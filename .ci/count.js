// Adds up what vitest's JSON reports say, and texts that end with a line "N passed, N failed": `node .ci/count.js REPORT...`
// prints "PASSED FAILED SKIPPED". A report that is absent or damaged counts as one failure, and so does a test file that
// could not be loaded. Runs on Node 20.
import { readFileSync } from 'node:fs'

let [passed, failed, skipped] = [0, 0, 0]
for (const path of process.argv.slice(2)) {
  try {
    if (path.endsWith('.txt')) {
      const last = [...readFileSync(path, 'utf8').matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1)
      if (!last) throw new Error(`${path} has no closing line`)
      passed += Number(last[1])
      failed += Number(last[2])
      continue
    }
    const report = JSON.parse(readFileSync(path, 'utf8'))
    const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
    for (const file of unloaded) console.error(`not loaded: ${file.name}: ${file.message}`)
    passed += report.numPassedTests
    failed += report.numFailedTests + unloaded.length
    skipped += report.numPendingTests + report.numTodoTests
  } catch (error) {
    console.error(`no report of a suite: ${error.message}`)
    failed += 1
  }
}
console.log(`${passed} ${failed} ${skipped}`)
