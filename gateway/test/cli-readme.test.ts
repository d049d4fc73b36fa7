import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { freePort } from '../../tests/kit/free-port.ts'
import { tempDirectory } from '../../tests/kit/temp-directory.ts'
import { MchatProcess } from './mchat-process.ts'

const run = promisify(execFile)

/** The fenced blocks of a page that are marked with `test=…`. */
const blocksOf = (page: string): Map<string, string> => {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/^```sh test=(\S+)\n([\s\S]*?)^```$/gm)]
  return new Map(blocks.map(([, name = '', script = '']) => [name, script]))
}

// What the pages promise is done here word by word, as on a fresh machine: with sh, and nothing but mosquitto-clients.
test.each(['README.md', 'README.zh-CN.md'])(
  '%s: the first message and the agent’s answer arrive',
  async (page) => {
    const blocks = blocksOf(page)
    expect([...blocks.keys()]).toEqual(['first-message', 'echo'])
    await using directory = await tempDirectory()
    const env = {
      MCHAT_DATA_DIR: join(directory.path, 'data'),
      MCHAT_HTTP_PORT: '0',
      MCHAT_MQTT_PORT: String(await freePort()),
    }
    const sh = async (name: string) => {
      const { stdout } = await run('sh', ['-eu', '-c', blocks.get(name) ?? ''], {
        cwd: directory.path,
        env: { PATH: process.env.PATH, ...env },
      })
      return JSON.parse(stdout) as Record<string, unknown>
    }
    await using gateway = new MchatProcess(['start'], { cwd: directory.path, env })
    await gateway.says('is ready')
    const said = page === 'README.md' ? 'Hello, MChat' : '你好，MChat'
    expect(await sh('first-message')).toMatchObject({ type: 'private', from_employee_id: 'admin', content: said })

    await using demo = new MchatProcess(['demo'], { cwd: directory.path, env })
    await demo.says('Ctrl-C ends it')
    const echoed = page === 'README.md' ? 'You said: Are you there?' : '您说：在吗？'
    expect(await sh('echo')).toMatchObject({ from_employee_id: 'demo-echo', is_ai_agent: true, content: echoed })
  },
  120_000,
)

test('both pages have the same parts', () => {
  const shape = (page: string) => {
    const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8')
    return [...text.matchAll(/^(#+|```\w*|\|) ?|\]\(([^)]*)\)/gm)].map(([, mark, link]) => mark ?? link)
  }
  expect(shape('README.zh-CN.md').length).toBe(shape('README.md').length)
})

test('the lines that start prints make a message arrive too', async () => {
  await using directory = await tempDirectory()
  const env = {
    MCHAT_DATA_DIR: join(directory.path, 'with space'),
    MCHAT_HTTP_PORT: '0',
    MCHAT_MQTT_PORT: '0',
    MCHAT_SERVICE_ID: 'team_1',
  }
  await using gateway = new MchatProcess(['start'], { cwd: directory.path, env })
  await gateway.says('mosquitto_pub')
  await gateway.says('\n\n')
  const lines = gateway.stderr.split('\n').filter((line) => /^ {2}(PASSWORD=|mosquitto_)/.test(line))
  expect(lines).toHaveLength(3)
  const script = lines.join('\n').replace(/ &$/m, ' -C 1 -W 20 &\nsleep 2')
  const { stdout } = await run('sh', ['-eu', '-c', `${script}\nwait`], { env: { PATH: process.env.PATH } })
  expect(JSON.parse(stdout)).toMatchObject({ type: 'private', content: 'Hello' })
}, 60_000)
