import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachedPart } from './parts-cache.ts'
import { runTool } from './run-tool.ts'

export interface MavenPart {
  /** The folder in the parts' cache: name and version. */
  readonly name: string
  /** `group:artifact:version`, fetched with all that they depend on. */
  readonly artifacts: readonly string[]
  /** `group:artifact` that a dependency would bring and must not. */
  readonly exclusions?: readonly string[]
  /** What the sorted `sha256  jar` lines of everything fetched hash to: another one is refused. */
  readonly sha256: string
  /** Said when there is no Maven. */
  readonly missing: string
}

const FETCH_WITHIN_MS = 600_000

/** The class path of jars from Maven, fetched on first use and checked. */
export async function mavenClasspath(part: MavenPart): Promise<string> {
  const dir = await cachedPart(part.name, (draft) => fetchJars(draft, part))
  return join(dir, 'libs', '*')
}

async function fetchJars(dir: string, part: MavenPart): Promise<void> {
  const [pom, libs] = [join(dir, 'pom.xml'), join(dir, 'libs')]
  await writeFile(pom, pomOf(part))
  const args = ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${libs}`]
  await runTool('mvn', args, { cwd: dir, timeoutMs: FETCH_WITHIN_MS, missing: part.missing })
  const found = await digestOf(libs)
  if (found === part.sha256) return
  throw new Error(`Maven fetched other jars for ${part.name} than are known: their sha256 is ${found}`)
}

async function digestOf(libs: string): Promise<string> {
  const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')
  const lines: string[] = []
  for (const jar of (await readdir(libs)).sort()) lines.push(`${sha256(await readFile(join(libs, jar)))}  ${jar}\n`)
  return sha256(lines.join(''))
}

function pomOf({ artifacts, exclusions = [] }: MavenPart): string {
  const coordinates = (artifact: string) => {
    const [group, name, version] = artifact.split(':')
    const at = version === undefined ? '' : `<version>${version}</version>`
    return `<groupId>${group}</groupId><artifactId>${name}</artifactId>${at}`
  }
  const excluded = exclusions.map((each) => `<exclusion>${coordinates(each)}</exclusion>`).join('')
  const dependencies = artifacts.map(
    (each) => `<dependency>${coordinates(each)}<exclusions>${excluded}</exclusions></dependency>`,
  )
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>parts</artifactId><version>1</version>
  <dependencies>
    ${dependencies.join('\n    ')}
  </dependencies>
</project>
`
}
