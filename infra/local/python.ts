import { join } from 'node:path'
import { cachedPart } from './parts-cache.ts'
import { runTool } from './run-tool.ts'
import { versions } from './versions.ts'

const INSTALL_WITHIN_MS = 600_000
const missing = "Install Python 3 with its venv module (Debian: 'apt-get install python3-venv')."

/** The path of a Python that has confluent-kafka (librdkafka): the judge of what a read-committed consumer sees. */
export async function pythonWithKafka(): Promise<string> {
  const dir = await cachedPart(`python-confluent-kafka-${versions.confluentKafka}`, async (draft) => {
    await tool('python3', ['-m', 'venv', draft])
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:']
    await tool(join(draft, 'bin', 'python'), [...pip, `confluent-kafka==${versions.confluentKafka}`])
  })
  // Only the interpreter's own path is used: the scripts beside it still name the folder it was built in.
  return join(dir, 'bin', 'python')
}

async function tool(command: string, args: string[]): Promise<void> {
  try {
    await runTool(command, args, { timeoutMs: INSTALL_WITHIN_MS, missing })
  } catch (error) {
    throw new Error(`the Python part could not be made. ${missing}`, { cause: error })
  }
}

/** The script that prints what a read-committed consumer sees: `python read_committed.py BROKERS TOPIC...`. */
export const readCommittedScript = join(import.meta.dirname, 'read_committed.py')
