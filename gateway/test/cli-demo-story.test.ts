import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Credentials, connect } from '@mchat/sdk'
import { expect, test } from 'vitest'
import { prepareDatabase } from '../../tests/kit/prepared-database.ts'
import { tempDirectory } from '../../tests/kit/temp-directory.ts'
import { MchatProcess } from './mchat-process.ts'

test('demo shows a picture and an agent that answers bit by bit where MChat may call it, and says how it may elsewhere', async () => {
  await using directory = await tempDirectory()
  const env = { MCHAT_HTTP_PORT: '0', MCHAT_MQTT_PORT: '0', MCHAT_DATA_DIR: join(directory.path, 'data') }
  const options = { cwd: directory.path, env }
  await prepareDatabase(env.MCHAT_DATA_DIR)
  const begin = async (more = {}) => {
    const gateway = new MchatProcess(['start'], { ...options, env: { ...env, ...more } })
    await gateway.says('is ready')
    return gateway
  }
  {
    await using _gateway = await begin({ MCHAT_AGENT_ALLOW: '127.0.0.1/32' })
    // The second run finds the agent of the first, at another port and with a secret that is lost.
    for (let run = 0; run < 2; run++) {
      await using demo = new MchatProcess(['demo'], options)
      await demo.says('Ctrl-C ends it')
      expect(demo.stderr).toMatch(
        /demo-story is behind a webhook and answers bit by bit:\nA message .* watch it come\.\n/,
      )
      const [picture = ''] = /http:\S+mchat-files\S+/.exec(demo.stderr) ?? []
      const answer = await fetch(picture)
      expect(answer.headers.get('content-type')).toBe('image/png')
      expect(
        Buffer.from(await answer.arrayBuffer())
          .subarray(1, 4)
          .toString(),
      ).toBe('PNG')
      const file = readFileSync(join(directory.path, 'data/demo-people.json'), 'utf8')
      const { people } = JSON.parse(file) as { people: Credentials[] }
      const emma = people.find(({ employee_id }) => employee_id === 'demo-emma')
      if (emma === undefined) throw new Error('no Emma')
      const client = await connect(emma)
      const texts: string[] = []
      const { text } = await client.ask(
        { to_employee_id: 'demo-story', content: '讲个故事' },
        { onText: ({ text }) => texts.push(text) },
      )
      expect(text).toMatch(/^从前.*走来。$/)
      expect(texts.length).toBeGreaterThan(2)
      await client.close()
      demo.kill('SIGINT')
      expect((await demo.finished).code).toBe(0)
    }
  }
  await using _gateway = await begin()
  await using demo = new MchatProcess(['demo'], options)
  await demo.says('Ctrl-C ends it')
  expect(demo.stderr).toContain('MCHAT_AGENT_ALLOW=127.0.0.1/32 npm start')
})
