import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { Authorizer } from './aws-iot.ts'

interface Template {
  readonly Resources: { readonly Function: { readonly Properties: { readonly Code: { readonly ZipFile: string } } } }
}

/** The Lambda function of broker-config/aws-iot/template.yaml, as it is there. @param target the gateway it asks */
export const loadAuthorizer = async (target: { readonly url: string; readonly key: string }): Promise<Authorizer> => {
  const file = new URL('../../broker-config/aws-iot/template.yaml', import.meta.url)
  const template = parse(await readFile(file, 'utf8')) as Template
  const exports: { handler?: Authorizer } = {}
  const process = { env: { MCHAT_URL: target.url, MCHAT_BROKER_HOOK_KEY: target.key } }
  new Function('exports', 'process', template.Resources.Function.Properties.Code.ZipFile)(exports, process)
  if (exports.handler === undefined) throw new Error('The template has no handler.')
  return exports.handler
}
