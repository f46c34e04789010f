// The house rules as a test: `node test/tidy/tidy.ts` prints one line per breach and ends with 1 when there is any.
import { join } from 'node:path'
import { checkRepository } from './check-repository.ts'
import { formatFinding } from './finding.ts'

const { files, findings } = checkRepository(join(import.meta.dirname, '..', '..'))
for (const finding of findings) console.log(formatFinding(finding))
console.log(`tidy: ${files} files, ${findings.length} findings`)
process.exitCode = findings.length === 0 ? 0 : 1
