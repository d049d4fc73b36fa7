import { invalidField, LIMITS, MChatError, privatePlace } from '@mchat/schema'
import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler(
  'file.upload_url',
  async ({ caller, clientId, config, directory, files, seqId }, input) => {
    const {
      content_type: contentType,
      file_name: fileName,
      group_id: groupId,
      sha256,
      size,
      to_employee_id: to,
    } = input
    const owner = caller.employeeId
    if (groupId !== undefined && to !== undefined) {
      throw invalidField('to_employee_id', 'exclusive', 'A file is for an employee or for a group.')
    }
    if (!config.storage.contentTypes.includes(contentType)) {
      throw invalidField('content_type', 'enum', 'Must be one of content_types of config.storage.')
    }
    if (size > config.limits.fileBytes) {
      throw invalidField('size', 'maximum', `Must be at most ${config.limits.fileBytes}.`)
    }
    if (sha256 !== undefined && size > LIMITS.filePutBytes) {
      throw invalidField('sha256', 'forbidden', 'A file that goes in parts has one for each part: file.part_urls.')
    }
    if (to !== undefined && (await directory.employees.get(to))?.active !== true)
      throw new MChatError('employee_not_found')
    const place =
      groupId !== undefined
        ? ({ kind: 'group', groupId } as const)
        : to === undefined || to === owner
          ? ({ kind: 'employee', employeeId: owner } as const)
          : privatePlace(owner, to)
    return await files.beginUpload(clientId, seqId, { owner, place, fileName, contentType, size, sha256 })
  },
)
