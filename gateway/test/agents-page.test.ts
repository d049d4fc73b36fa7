import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { AgentProfile } from '../../schema/src/agent-profile.ts'
import { RUN_FAILURES, RUN_STATES } from '../../schema/src/agent-run.ts'
import { startChatApi } from '../../tests/agents/chat-api.ts'
import { freePort } from '../../tests/kit/free-port.ts'
import { prepareDatabase } from '../../tests/kit/prepared-database.ts'
import { tempDirectory } from '../../tests/kit/temp-directory.ts'
import { MchatProcess } from './mchat-process.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(ROOT, 'docs/agents.md'), 'utf8')
const run = promisify(execFile)

/** The fenced blocks that are marked with `file=…` or `test=…`, by that. */
const blocks = new Map(
  [...page.matchAll(/^```\w+ (?:file|test)=(\S+)\n([\s\S]*?)^```$/gm)].map(([, name = '', text = '']) => [name, text]),
)

interface Started extends AsyncDisposable {
  readonly says: string
}

/** A program of the page that runs until it is disposed of, once it has said its first line. */
const start = async (script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Started> => {
  // A group of its own: npx is killed alone otherwise, and what it runs stays.
  const child = spawn('sh', ['-eu', '-c', script], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const said = once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line))
  const says = await Promise.race([said, closed.then(() => `${script} has ended`)])
  return {
    says,
    async [Symbol.asyncDispose]() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
      await closed
    },
  }
}

test('docs/agents.md: an agent in Node and one in Python check their calls and answer word by word', async () => {
  await using directory = await tempDirectory()
  const cwd = directory.path
  const port = await freePort()
  const settings = {
    MCHAT_DATA_DIR: join(cwd, 'data'),
    MCHAT_HTTP_PORT: '0',
    MCHAT_MQTT_PORT: String(await freePort()),
  }
  const env = { PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`, AGENT_PORT: String(port), ...settings }
  for (const name of ['agent.mjs', 'agent.py', 'ask.mjs']) writeFileSync(join(cwd, name), blocks.get(name) ?? '')
  // As in the repository, where `@mchat/sdk` is found.
  symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'))
  await prepareDatabase(settings.MCHAT_DATA_DIR)
  await using gateway = new MchatProcess(['start'], { cwd, env: { ...settings, MCHAT_AGENT_ALLOW: '127.0.0.1/32' } })
  await gateway.says('is ready')
  await run('sh', ['-eu', '-c', blocks.get('create') ?? ''], { cwd, env })
  expect(statSync(join(cwd, 'data/helper.json')).mode & 0o777).toBe(0o600)
  const { data } = JSON.parse(readFileSync(join(cwd, 'data/helper.json'), 'utf8')) as {
    data: { webhook_secret: string }
  }
  expect(data).toMatchObject({ webhook_secret: expect.stringMatching(/^whsec_/) })

  for (const language of ['node', 'python']) {
    await using agent = await start(blocks.get(language) ?? '', cwd, env)
    expect(agent.says).toBe('The agent is there.')
    const { stdout } = await run(process.execPath, ['ask.mjs'], { cwd })
    const lines = stdout.trimEnd().split('\n')
    expect(lines.at(-1)?.trimEnd(), language).toMatch(/, you said: Are you there\?$/)
    expect(lines.length, language).toBeGreaterThan(2)
    for (const [i, line] of lines.slice(1).entries()) expect(line.startsWith(lines[i] ?? '-'), line).toBe(true)

    const call = JSON.stringify({ message: { content: '你好' }, sender: { name: 'Ann' } })
    const post = async (secret: string, at: Date, body = call) => {
      const headers = {
        'webhook-id': 'run_1',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': `v1,AAAA ${new Webhook(secret).sign('run_1', at, call)}`,
      }
      const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers })
      await response.text()
      return response.status
    }
    const [now, old] = [new Date(), new Date(Date.now() - 600_000)]
    const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    expect(await post(data.webhook_secret, now), language).toBe(200)
    expect(await post(data.webhook_secret, now, call.replace('Ann', 'Eve')), language).toBe(401)
    expect(await post(data.webhook_secret, old), language).toBe(401)
    expect(await post(other, now), language).toBe(401)
    expect((await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: call })).status, language).toBe(401)
  }
})

test('docs/agents.md: a chat model, a client of MQTT, and a message that nobody asked for', async () => {
  await using directory = await tempDirectory()
  const cwd = directory.path
  const settings = {
    MCHAT_DATA_DIR: join(cwd, 'data'),
    MCHAT_HTTP_PORT: String(await freePort()),
    MCHAT_MQTT_PORT: String(await freePort()),
  }
  await using model = await startChatApi()
  const env = { PATH: process.env.PATH, MODEL_URL: model.base, MODEL_KEY: 'sk-of-the-page', ...settings }
  for (const name of ['model.mjs', 'hire.mjs', 'colleague.mjs']) writeFileSync(join(cwd, name), blocks.get(name) ?? '')
  writeFileSync(join(cwd, 'ask.mjs'), blocks.get('ask.mjs')?.replace("'helper'", "'colleague'") ?? '')
  symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'))
  await prepareDatabase(settings.MCHAT_DATA_DIR)
  await using gateway = new MchatProcess(['start'], { cwd, env: { ...settings, MCHAT_AGENT_ALLOW: '127.0.0.1/32' } })
  await gateway.says('is ready')

  const tried = await run(process.execPath, ['model.mjs'], { cwd, env })
  expect(tried.stdout).toMatch(/ok: true[\s\S]*This is a test\./)
  const [system, said] = model.asked[0]?.messages ?? []
  expect(system?.content).toMatch(/^You are Model\. Answer [^{}]+ in one sentence\.$/)
  expect(said?.content).toMatch(/^[^:]+: This is a test\.$/)
  expect(model.server.requests[0]?.headers.authorization).toBe('Bearer sk-of-the-page')

  await run(process.execPath, ['hire.mjs'], { cwd })
  expect(statSync(join(cwd, 'data/colleague.json')).mode & 0o777).toBe(0o600)
  await using colleague = await start(`exec "${process.execPath}" colleague.mjs`, cwd, env)
  expect(colleague.says).toBe('The agent is there.')
  const asked = await run(process.execPath, ['ask.mjs'], { cwd })
  expect(asked.stdout.trimEnd()).toMatch(/, you said: Are you there\?$/)

  await run('sh', ['-eu', '-c', blocks.get('create') ?? ''], { cwd, env })
  const tell = async () => {
    const { stdout } = await run('sh', ['-eu', '-c', blocks.get('tell') ?? ''], { cwd, env })
    return (JSON.parse(stdout) as { msg_id: string }).msg_id
  }
  expect(await tell()).toMatch(/^msg_/)
  expect(await tell()).toBe(await tell())
})

test('docs/agents.md names every state, every reason and every field of a profile', () => {
  const words = [...RUN_STATES, ...Object.keys(RUN_FAILURES), ...Object.keys(AgentProfile.properties)]
  expect(words.filter((word) => !page.includes(`\`${word}\``))).toEqual([])
})
