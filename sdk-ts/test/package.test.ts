import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestBroker } from './kit/broker.ts'
import { FakeGateway } from './kit/gateway.ts'
import { FakeStore, serveFiles } from './kit/store.ts'

const sources = fileURLToPath(new URL('..', import.meta.url))
const modules = join(sources, '../node_modules')
const tsc = join(modules, 'typescript/bin/tsc')

let folder: string
let consumer: string
let packed: { files: { path: string }[]; filename: string }

/** A Node 20 where the machine has one outside of node_modules, else the one that runs the tests. */
const oldestNode = (): string => {
  const found = execFileSync('which', ['-a', 'node'], { encoding: 'utf8' }).split('\n')
  return found.find((path) => path !== '' && !path.includes('node_modules')) ?? process.execPath
}

const run = (command: string, args: string[], cwd: string): string => {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`)
  }
}

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'mchat-package-')))
  run(process.execPath, [join(sources, 'release/build.ts'), join(folder, 'built')], folder)
  const report = run('npm', ['pack', './built', '--json', '--ignore-scripts'], folder)
  packed = (JSON.parse(report) as (typeof packed)[])[0] as typeof packed
  // Installed next to mqtt and nothing else: no schema, no TypeBox, no types of Node.
  consumer = join(folder, 'consumer')
  const installed = join(consumer, 'node_modules/@mchat/sdk')
  mkdirSync(installed, { recursive: true })
  run('tar', ['-xzf', join(folder, packed.filename), '--strip-components=1', '-C', installed], folder)
  symlinkSync(join(modules, 'mqtt'), join(consumer, 'node_modules/mqtt'))
  writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the published package', () => {
  it('has compiled code, types, licence and readme, and neither sources nor the schema', () => {
    const paths = packed.files.map(({ path }) => path)
    for (const path of ['index.js', 'index.d.ts', 'node.js', 'node.d.ts', 'LICENSE', 'README.md'])
      expect(paths).toContain(path)
    expect(paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([])
    const imports = paths
      .filter((name) => /\.(js|ts)$/.test(name))
      .flatMap((path) => {
        const text = readFileSync(join(consumer, 'node_modules/@mchat/sdk', path), 'utf8')
        const names = [...text.matchAll(/^(?:import|export)\b[^\n]*?(?:from|import) '([^'.\n][^'\n]*)'/gm)]
        return names.map((match) => `${path} ${match[1]}`)
      })
    expect(imports.sort()).toEqual(['mqtt-transport.js mqtt', 'node.js node:fs/promises', 'node.js node:path'])
  })

  it('connects and sends on the oldest Node there is', async () => {
    const broker = await TestBroker.start()
    const gateway = new FakeGateway(broker)
    const credentials = { employee_id: 'alice', mqtt_connection: broker.connectionOf('alice') }
    writeFileSync(
      join(consumer, 'run.js'),
      `import { connect } from '@mchat/sdk'
       import { fileStore } from '@mchat/sdk/node'
       const client = await connect(${JSON.stringify(credentials)}, { store: fileStore('device.json') })
       const sent = await client.msg.sendPrivate({ to_employee_id: 'bob', content: process.version })
       await client.close()
       process.stdout.write(sent.msg_id)`,
    )
    const output = await new Promise<string>((resolve, reject) => {
      execFile(oldestNode(), ['run.js'], { cwd: consumer }, (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(stderr)),
      )
    })
    expect(output).toMatch(/^msg_[a-z2-7]{29}$/)
    const version = run(oldestNode(), ['--version'], consumer).trim()
    expect(gateway.seen('msg.send_private')[0]?.input.content).toBe(version)
    await broker.stop()
  })

  it('puts files and gets them on the oldest Node there is, with progress and in parts', async () => {
    await using store = await FakeStore.start()
    const broker = await TestBroker.start()
    const gateway = new FakeGateway(broker)
    serveFiles(gateway, store)
    const credentials = { employee_id: 'alice', mqtt_connection: broker.connectionOf('alice') }
    const content = randomBytes(1_000_000)
    writeFileSync(join(consumer, 'film.mp4'), content)
    writeFileSync(
      join(consumer, 'files.js'),
      `import { connect } from '@mchat/sdk'
       import { fileFromPath } from '@mchat/sdk/node'
       const client = await connect(${JSON.stringify(credentials)})
       const told = []
       const film = await fileFromPath('film.mp4')
       const large = await client.files.upload(film, { onProgress: ({ sent }) => told.push(sent) })
       const beginning = async function* () {
         for await (const chunk of film.stream()) return yield chunk.subarray(0, 5)
       }
       const small = await client.files.upload(beginning(), { size: 5 })
       const got = await Promise.all([large, small].map(async ({ key }) => (await client.files.download(key)).bytes()))
       await client.close()
       process.stdout.write(JSON.stringify({ sizes: got.map((bytes) => bytes.length), told: told.length, name: large.name }))`,
    )
    const { stdout, stderr } = await promisify(execFile)(oldestNode(), ['files.js'], { cwd: consumer })
    expect(stderr).toBe('')
    const { name, sizes, told } = JSON.parse(stdout) as { name: string; sizes: number[]; told: number }
    expect({ name, sizes }).toEqual({ name: 'film.mp4', sizes: [1_000_000, 5] })
    expect(told).toBeGreaterThan(16)
    const [large, small] = [...store.objects.values()]
    expect(large?.equals(content)).toBe(true)
    expect(small?.equals(content.subarray(0, 5))).toBe(true)
    await broker.stop()
  })

  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('type-checks a strict consumer with module %s', (module, moduleResolution) => {
    writeFileSync(
      join(consumer, 'consumer.ts'),
      `import { connect, type Message, RequestRejectedError, type GroupCreateOutput, type MqttConnection } from '@mchat/sdk'
       declare const connection: MqttConnection
       const client = await connect(connection, { device: 'web' })
       const group: GroupCreateOutput = await client.group.create({ name: 'Ops', member_ids: [] })
       client.on('message', (message: Message) => message.content)
       const file = await client.files.upload(new Blob(['x']), { name: 'x' })
       const sent = await client.files.send(new Uint8Array(1), { groupId: group.group_id, message: { mentions: ['*'] } })
       const text: string = sent.group_id + (await (await client.files.download(file.key)).blob()).type
       // @ts-expect-error a stream has no size
       await client.files.upload(new Blob(['x']).stream(), { name: 'x' })
       // @ts-expect-error for nobody
       await client.files.send(new Blob(['x']), { name: 'x' })
       for await (const { n } of client.messages()) n satisfies number | undefined
       // @ts-expect-error a field that is missing
       await client.msg.sendPrivate({ content: 'x' })
       // @ts-expect-error an action that does not exist
       await client.request('group.explode', {})
       export { group, RequestRejectedError, text }`,
    )
    const compilerOptions = {
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      module,
      moduleResolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    }
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
    expect(run(process.execPath, [tsc, '-p', 'tsconfig.json'], consumer)).toBe('')
  })

  it('bundles for browsers without Node and without TypeBox', async () => {
    const { rolldown } = await import('rolldown')
    const bundle = await rolldown({
      input: join(consumer, 'node_modules/@mchat/sdk/index.js'),
      platform: 'browser',
      logLevel: 'silent',
      onLog(_level, log) {
        if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message)
      },
    })
    const { output } = await bundle.generate({ format: 'esm' })
    const [chunk] = output
    expect(chunk.imports).toEqual([])
    const modulesIn = Object.keys(chunk.modules)
    expect(modulesIn.some((id) => id.endsWith('mqtt.esm.js'))).toBe(true)
    expect(modulesIn.filter((id) => /typebox|schema\/src|sdk\/node\.js/.test(id))).toEqual([])
    await bundle.close()
  })
})
