import type { InputOf } from '../../schema/src/index.ts'
import type { Device } from './device.ts'

/** Sends a request that was signed for it, as a browser does: which says by itself how long the body is. */
export const sendSigned = (
  signed: { readonly url?: string; readonly method?: string; readonly headers?: Readonly<Record<string, string>> },
  body?: NonNullable<RequestInit['body']>,
): Promise<Response> =>
  fetch(signed.url ?? '', {
    method: signed.method ?? 'GET',
    headers: Object.entries(signed.headers ?? {}).filter(([name]) => name !== 'content-length'),
    ...(body === undefined ? {} : { body }),
  })

/** Announces a small file and puts it there, uncompleted. */
export const putFile = async (
  device: Device,
  bytes: string | Uint8Array,
  about: Partial<InputOf<'file.upload_url'>> = {},
): Promise<{ readonly key: string }> => {
  const file = { file_name: 'note.txt', content_type: 'text/plain', size: Buffer.byteLength(bytes), ...about }
  const signed = await device.call('file.upload_url', file)
  const answer = await sendSigned(signed, typeof bytes === 'string' ? bytes : Buffer.from(bytes))
  if (answer.status !== 200) throw new Error(`The store answered ${answer.status} ${await answer.text()}`)
  return { key: signed.key }
}
