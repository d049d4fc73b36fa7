import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { renderAwsTemplate } from '../src/access/aws-iot/template.ts'
import { renderEmqxConfiguration } from '../src/access/emqx/configuration.ts'
import { renderMosquittoConfiguration } from '../src/access/mosquitto/configuration.ts'
import { renderConfigurationReference } from '../src/config/reference.ts'

const tls = { certFile: '/etc/mchat/tls/fullchain.pem', keyFile: '/etc/mchat/tls/privkey.pem' }

/** What is made from the gateway's sources: the reference of its settings, and an example of each broker's configuration. */
const FILES: ReadonlyMap<string, string> = new Map([
  ['docs/reference/configuration.md', renderConfigurationReference()],
  [
    'broker-config/mosquitto/mosquitto.conf',
    renderMosquittoConfiguration({ directory: '/var/lib/mchat-mosquitto', port: 8883, webSocketPort: 8084, tls }),
  ],
  [
    'broker-config/emqx/emqx.conf',
    renderEmqxConfiguration({
      hookUrl: 'https://mchat.internal.example.org:8080',
      hookKey: 'REPLACE-WITH-MCHAT_BROKER_HOOK_KEY',
      tls,
      gatewayAddress: '10.0.0.5',
    }),
  ],
  ['broker-config/aws-iot/template.yaml', renderAwsTemplate()],
])

/** Writes them. With `--check` nothing is written, and the exit code is 1 when one is not what would be. */
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

for (const [path, text] of FILES) {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  const onDisk = await readFile(file, 'utf8').catch(() => undefined)
  if (onDisk === text) {
    console.log(`${path} is up to date.`)
  } else if (values.check) {
    console.error(`${path} is not up to date; run \`npm run generate\` and commit what it writes.`)
    process.exitCode = 1
  } else {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    console.log(path)
  }
}
