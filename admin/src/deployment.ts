import type { MqttConnection } from '@mchat/sdk'

/** What the page was told of its deployment, in `<meta name="mchat">` (gateway/src/ops/console.ts). */
export interface Deployment {
  readonly version: string
  readonly language: 'en' | 'zh-CN'
  /** The gateway is the broker, so the broker is wherever the page came from. */
  readonly isEmbedded: boolean
  /** Every credential is for one device; people sign in with the client_id of that one. */
  readonly bindsCredentials: boolean
  /** How to connect, but for who it is: `mqtt_username` and the password. */
  readonly connection: MqttConnection
}

const metaContent = (name: string): string | undefined =>
  document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content

/** `vite` alone (npm run dev) serves the page as it is in the source, before a gateway with its defaults. */
const DEVELOPMENT: Deployment = {
  version: 'development',
  language: 'en',
  isEmbedded: true,
  bindsCredentials: false,
  connection: {
    broker_host: 'localhost',
    broker_port: 1883,
    use_tls: false,
    client_id_scheme: '{employee_id}_{device_id}_{uuid}',
    mqtt_username: '',
  },
}

const read = (): Deployment => {
  const content = metaContent('mchat')
  return content === undefined || content.startsWith('{{') ? DEVELOPMENT : JSON.parse(content)
}

export const deployment: Deployment = read()

/** What the styles that are made in the page are marked with, so that they are let in. */
export const styleNonce: string = metaContent('csp-nonce') ?? ''

/** Where the broker is, seen from this page; undefined: it has no address for browsers. */
export const brokerAddress = (): string | undefined => {
  if (!deployment.isEmbedded) return deployment.connection.ws_url
  const { host, protocol } = window.location
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/mqtt`
}
