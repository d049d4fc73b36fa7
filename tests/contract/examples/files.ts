import { LIMITS } from '../../../schema/src/index.ts'
import type { Device } from '../../kit/device.ts'
import { putFile } from '../../kit/put-file.ts'
import type { Scene } from '../scene.ts'
import type { Example } from './example.ts'

type FileActions =
  | 'config.storage'
  | 'file.complete'
  | 'file.delete'
  | 'file.download_url'
  | 'file.part_urls'
  | 'file.upload_status'
  | 'file.upload_url'

const FILE = { file_name: '报告.pdf', content_type: 'application/pdf', size: 5 }

/** A group of two, and somebody who is not in it. */
const arrange = async (scene: Scene) => {
  const [by, member, stranger] = [await scene.person('ann'), await scene.person('bob'), await scene.person('eve')]
  const group_id = await scene.group(by, member)
  return { by, member, group_id, refused: { device: stranger, reason: 'forbidden' } as const }
}

const large = async (scene: Scene) => {
  const { by, group_id, refused } = await arrange(scene)
  const begun = await by.call('file.upload_url', { ...FILE, size: LIMITS.filePutBytes + 1, group_id })
  const upload_id = begun.upload_id ?? ''
  scene.afterwards(() => by.call('file.delete', { key: begun.key, upload_id }))
  return { by, refused, key: begun.key, upload_id }
}

const put = async (device: Device, group_id: string): Promise<string> => {
  const { key } = await putFile(device, 'hello', { ...FILE, group_id })
  return key
}

export const fileExamples: { readonly [A in FileActions]: Example<A> } = {
  async 'file.upload_url'(scene) {
    const { by, group_id, refused } = await arrange(scene)
    const notMember = { ...refused, reason: 'not_group_member' } as const
    return { by, refused: notMember, input: { ...FILE, group_id }, published: [] }
  },

  async 'file.part_urls'(scene) {
    const { by, key, refused, upload_id } = await large(scene)
    return { by, refused, input: { key, upload_id, parts: [{ part_number: 1 }] }, published: [] }
  },

  async 'file.upload_status'(scene) {
    const { by, key, refused, upload_id } = await large(scene)
    return { by, refused, input: { key, upload_id }, published: [] }
  },

  async 'file.complete'(scene) {
    const { by, group_id, refused } = await arrange(scene)
    return { by, refused, input: { key: await put(by, group_id) }, published: [] }
  },

  async 'file.download_url'(scene) {
    const { by, group_id, member, refused } = await arrange(scene)
    const key = await put(by, group_id)
    return { by: member, refused, input: { key }, published: [] }
  },

  async 'file.delete'(scene) {
    const { by, group_id } = await arrange(scene)
    return { by, input: { key: await put(by, group_id) }, published: [] }
  },

  async 'config.storage'(scene) {
    return { by: await scene.person('ann'), input: {}, published: [] }
  },
}
