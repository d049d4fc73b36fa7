import type { Config } from '../config.ts'
import { type DeploymentSecret, loadSecret, readSecret, secretFile } from '../platform/deployment-secret.ts'
import { UserError } from '../platform/user-error.ts'

/** The secret of a deployment that was started before. Making one would only hide that it is not there. @throws UserError */
export const requireSecret = async (config: Config): Promise<DeploymentSecret> => {
  if (config.secret !== undefined) return loadSecret(config)
  const file = secretFile(config.dataDir)
  const secret = await readSecret(file)
  if (secret !== undefined) return secret
  throw new UserError(
    `There is no ${file}; set MCHAT_SECRET or MCHAT_DATA_DIR, or restore the file. Where it is lost, --old-secret-lost gives up what only it opens (docs/keys.md).`,
  )
}
