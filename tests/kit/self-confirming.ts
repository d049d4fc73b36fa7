import { type ClientOptions, type Credentials, createClient, type MChatClient } from '@mchat/sdk'

/** A client that confirms by itself what needs a second factor, with the code that is shown on the very device. */
export const connectSelfConfirming = async (
  credentials: Credentials,
  options: ClientOptions = {},
): Promise<MChatClient> => {
  const codes = new Map<string, string>()
  const confirm: NonNullable<ClientOptions['confirm']> = ({ challenge_id }) => codes.get(challenge_id) ?? ''
  const client = createClient(credentials, { ...options, confirm })
  client.on('challenge', ({ challenge_id, code }) => codes.set(challenge_id, code))
  await client.open()
  return client
}
