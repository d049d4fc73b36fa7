import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
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
    expect([...blocks.keys()]).toEqual(['first-message', 'add-somebody', 'echo'])
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
    const added = { name: 'Alice', mqtt_connection: { mqtt_password: expect.any(String) } }
    expect(await sh('add-somebody')).toMatchObject({ code: 0, data: added })
    const again = { name: 'Alice', mqtt_connection: { secret_withheld: true } }
    expect(await sh('add-somebody')).toMatchObject({ code: 0, data: again })

    await using demo = new MchatProcess(['demo'], { cwd: directory.path, env })
    await demo.says('Ctrl-C ends it')
    const echoed = page === 'README.md' ? 'You said: Are you there?' : '您说：在吗？'
    expect(await sh('echo')).toMatchObject({ type: 'agent', from_employee_id: 'demo-echo', content: echoed })
    await setTimeout(1000) // The seq_id is the second.
    expect(await sh('echo')).toMatchObject({ from_employee_id: 'demo-echo', content: echoed })
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
