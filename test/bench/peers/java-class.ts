import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runTool } from '../../../infra/local/run-tool.ts'

const COMPILE_WITHIN_MS = 120_000

export const javaMissing = 'Install a Java 17 JDK (Debian: apt-get install openjdk-17-jdk-headless) and Maven.'

/** Compiles one file and answers the arguments of `java` that run its class. */
export const javaClass = async (source: URL, classpath: string, dir: string): Promise<readonly string[]> => {
  const path = fileURLToPath(source)
  const classes = join(dir, 'classes')
  const args = ['-cp', classpath, '-d', classes, path]
  await runTool('javac', args, { timeoutMs: COMPILE_WITHIN_MS, missing: javaMissing })
  return ['-cp', `${classes}:${classpath}`, basename(path, '.java')]
}
