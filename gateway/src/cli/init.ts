import { access, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { renderConfigurationFile } from '../config/reference.ts'
import { loadConfig } from '../config.ts'
import { loadSecret, secretFile } from '../platform/deployment-secret.ts'
import { explain, makePrivateDirectory } from '../platform/private-file.ts'
import { UserError } from '../platform/user-error.ts'
import { say } from './say.ts'

/** Prepares a deployment without starting it. What is there already stays as it is. */
export const init = async (configFile: string | undefined): Promise<void> => {
  const file = resolve(configFile ?? 'mchat.yaml')
  const existed = await exists(file)
  if (!existed) await write(file)
  const config = loadConfig(process.env, { configFile: file })
  await makePrivateDirectory(config.dataDir)
  await loadSecret(config)
  say(existed ? `${file} was there already and is as it was.` : `${file} has every setting, commented out.`)
  say(
    config.secret === undefined
      ? `${secretFile(config.dataDir)} is the deployment's secret: keep a copy of it in a safe place.`
      : `${config.dataDir} is ready.`,
  )
  say('Start with: npm start')
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

const write = async (file: string): Promise<void> => {
  try {
    await writeFile(file, renderConfigurationFile(), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${explain(error)}.`, { cause: error })
  }
}
