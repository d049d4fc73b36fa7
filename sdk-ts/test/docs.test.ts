import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestBroker } from './kit/broker.ts'
import { FakeGateway, msgId, refuse } from './kit/gateway.ts'
import { FakeStore, serveFiles } from './kit/store.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
// Inside the repository, so that `@mchat/sdk` is found as it is by everything else here; `dist` is ignored by git.
const folder = join(root, 'sdk-ts/dist/docs-examples')
const guide = readFileSync(join(root, 'docs/sdk.md'), 'utf8')
const blocks = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => String(match[1]))

/** The examples in one file, as somebody who copies them one after the other would have them. */
const program = (): string => {
  const imports = new Set<string>()
  const bodies = blocks.map((block) =>
    block.replaceAll(/^import .*\n/gm, (line) => {
      imports.add(line.trim())
      return ''
    }),
  )
  // The first makes the client that the others use; declarations that are exported cannot stand in a block.
  const parts = bodies.map((body, i) => (i === 0 || /^export /m.test(body) ? body : `{\n${body}}\n`))
  return [...imports, ...parts].join('\n')
}

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'guide.ts'), program())
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the examples of docs/sdk.md', () => {
  it('type-check', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(7)
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { lib: ['es2024', 'dom'] },
      include: [],
      files: ['guide.ts'],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    let problems = ''
    try {
      execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8', stdio: 'pipe' })
    } catch (error) {
      problems = (error as { stdout: string }).stdout
    }
    expect(problems).toBe('')
  })

  it('run', async () => {
    const broker = await TestBroker.start()
    const gateway = new FakeGateway(broker)
    await using store = await FakeStore.start()
    serveFiles(gateway, store)
    gateway.on('msg.edit', ({ input }) => ({ msg_id: input.msg_id, edited_at: 'now', proof: 'p' }))
    gateway.on('group.create', () => ({ group_id: 'grp_1', name: 'Ops', member_ids: [], created_at: 'now' }))
    gateway.on('group.member_remove', () => ({ group_id: 'grp_1', removed_ids: ['emp_bob'], current_member_count: 1 }))
    gateway.on('group.dismiss', () => refuse(403, 'not_group_owner'))
    gateway.on('msg.send_private', async (request) => {
      const sent = await gateway.relayPrivate(request)
      if (request.input.to_employee_id !== 'emp_helper') return sent
      const run = { run_id: 'run_1', in_reply_to: msgId('question'), is_ai_agent: true }
      await gateway.inbox('alice', gateway.message('emp_helper', 'Nothing', { ...run, type: 'agent' }))
      return { ...sent, agents: [{ employee_id: 'emp_helper', run_id: run.run_id, state: 'done' }] }
    })
    // Nobody outside can see when the loop has begun to read: it is greeted until it has gone on.
    const greeting = setInterval(() => void gateway.inbox('alice', gateway.message('emp_bob', 'Hello, Alice')), 50)
    void gateway.received('group.create').then(() => clearInterval(greeting))
    const credentials = { employee_id: 'alice', mqtt_connection: broker.connectionOf('alice') }
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, 'film.mp4'), Buffer.alloc(1_000_000))
    // The film, which goes in parts, breaks off once.
    store.fault = (request) => {
      if (!request.path.endsWith('/7')) return undefined
      store.fault = () => undefined
      return { status: 501 }
    }
    writeFileSync(join(folder, 'data/first-admin.json'), JSON.stringify(credentials))

    const output = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, ['guide.ts'], { cwd: folder, timeout: 100_000 }, (error, stdout, stderr) =>
        error === null ? resolve(stdout + stderr) : reject(new Error(`${error.message}\n${stdout}${stderr}`)),
      )
    })
    expect(output).toContain('emp_bob Hello, Alice')
    expect(output).toContain('whole: Nothing')
    expect(output).toContain('1000000 of 1000000 bytes')
    expect(output).toContain('of the 1000000 bytes of film.mp4')
    expect(output).toContain('403 not_group_owner []')
    expect(gateway.seen('group.dismiss')[0]?.seqId).toBe('dismiss-grp_1')
    await broker.stop()
  })
})
