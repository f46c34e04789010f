import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { accepts } from '../../../infra/local/ports.ts'
import { type Component, startComponent } from '../../../infra/local/component.ts'
import { runTool } from '../../../infra/local/run-tool.ts'
import { tempData } from '../../../infra/local/temp-data.ts'

const root = join(import.meta.dirname, '../../..')
const withinMs = 300_000
const missing = 'Install Node and npm.'

/** A project of somebody who has installed the package as it would be published, on the oldest Node that is here. */
export class UserProject {
  readonly folder: string
  readonly node: string
  private readonly env: NodeJS.ProcessEnv

  /** Builds and packs the package, and installs it from its archive. */
  static async make(): Promise<UserProject> {
    const folder = await tempData('user-project')
    const project = new UserProject(folder, await oldestNode())
    await runTool('npm', ['pack', '--pack-destination', folder], { cwd: root, timeoutMs: withinMs, missing })
    await project.write('package.json', JSON.stringify({ name: 'bank', private: true, type: 'module' }))
    const { name, version, devDependencies } = await manifest(root)
    await project.run('npm', ['install', `${name}-${version}.tgz`, `zod@${devDependencies['zod']}`])
    return project
  }

  private constructor(folder: string, node: string) {
    this.folder = folder
    this.node = node
    // npm runs on the Node that it finds first.
    this.env = { ...process.env, PATH: [dirname(node), process.env['PATH']].join(delimiter), NODE_OPTIONS: '' }
  }

  async write(name: string, text: string): Promise<void> {
    const file = join(this.folder, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }

  /** A package of the repository that the user would have as well. */
  async lend(name: string): Promise<void> {
    const link = join(this.folder, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(root, 'node_modules', name), link)
  }

  /** The names under which the installed package is imported. */
  async entryPoints(): Promise<string[]> {
    const { name, exports } = await manifest(join(this.folder, 'node_modules/millrace'))
    return Object.keys(exports).map((path) => name + path.slice(1))
  }

  run(tool: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    return runTool(tool, args, { cwd: this.folder, env: { ...this.env, ...env }, timeoutMs: withinMs, missing })
  }

  /** Runs a command of the package. */
  millrace(args: readonly string[]): Promise<string> {
    return this.run(this.node, ['node_modules/.bin/millrace', ...args])
  }

  /** Runs a program that listens on a port. */
  serve(
    name: string,
    command: readonly [node: string, ...args: string[]],
    env: NodeJS.ProcessEnv,
    port: number,
  ): Promise<Component> {
    const [node, ...args] = command
    return startComponent({
      name,
      command: node,
      args,
      cwd: this.folder,
      env: { ...this.env, ...env },
      logFile: this.logOf(name),
      detached: false,
      missing,
      ready: () => accepts(port),
      readyWithinMs: withinMs,
    })
  }

  logOf(name: string): string {
    return join(this.folder, `${name}.log`)
  }
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly devDependencies: Readonly<Record<string, string>>
}

const manifest = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))

/** Of those on the PATH that the package says it runs on; the repository's own comes last. */
const oldestNode = async (): Promise<string> => {
  const found: { readonly path: string; readonly major: number }[] = []
  for (const folder of new Set(process.env['PATH']?.split(delimiter))) {
    const path = join(folder, 'node')
    const version = await runTool(path, ['--version'], { timeoutMs: withinMs, missing }).catch(() => '')
    const major = Number(/^v(\d+)/.exec(version)?.[1])
    if (major >= 20) found.push({ path, major })
  }
  found.sort((a, b) => a.major - b.major)
  return found[0]?.path ?? process.execPath
}
