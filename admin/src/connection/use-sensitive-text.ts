import { useCallback } from 'react'
import { useEmployeeGet } from '../calls/employee-get.ts'
import { useGroupGet } from '../calls/group-get.ts'
import { defineTexts, useTexts } from '../language/language.ts'

const texts = defineTexts('sensitive', {
  en: {
    enrol: 'Set up an authenticator app',
    renewCodes: 'Get new recovery codes',
    removeAuthenticator: 'Remove the authenticator app of {{target}}',
    removeOwnAuthenticator: 'Remove your authenticator app',
    change: 'Change the roles of {{target}}, or whether they are disabled',
    changeRoles: 'Change the roles of {{target}}',
    disable: 'Disable {{target}}',
    enable: 'Enable {{target}}',
    remove: 'Remove {{target}} from the organisation',
    resetCredentials: 'Make new credentials for {{target}}',
    resetOwnCredentials: 'Make new credentials for yourself',
    dismiss: 'Dismiss the group {{target}}',
    other: '{{action}} {{target}}',
  },
  'zh-CN': {
    enrol: '绑定身份验证器',
    renewCodes: '获取新的恢复码',
    removeAuthenticator: '移除 {{target}} 的身份验证器',
    removeOwnAuthenticator: '移除您的身份验证器',
    change: '更改 {{target}} 的角色或停用状态',
    changeRoles: '更改 {{target}} 的角色',
    disable: '停用 {{target}}',
    enable: '启用 {{target}}',
    remove: '将 {{target}} 移出组织',
    resetCredentials: '为 {{target}} 重新生成凭证',
    resetOwnCredentials: '重新生成您的凭证',
    dismiss: '解散群组 {{target}}',
    other: '{{action}} {{target}}',
  },
})

type Wording = Exclude<keyof typeof texts.en, 'other'>

/** By the action, of those that may need a second factor (contract section 5, S). */
const WORDINGS: Readonly<Record<string, Wording>> = {
  'auth.totp_enroll': 'enrol',
  'auth.totp_renew_codes': 'renewCodes',
  'auth.totp_remove': 'removeAuthenticator',
  'employee.update': 'change',
  'employee.delete': 'remove',
  'employee.reset_credentials': 'resetCredentials',
  'group.dismiss': 'dismiss',
}

/** Of the actions that are about whoever asks where they name nobody. */
const OWN_WORDINGS: Readonly<Record<string, Wording>> = {
  'auth.totp_enroll': 'enrol',
  'auth.totp_renew_codes': 'renewCodes',
  'auth.totp_remove': 'removeOwnAuthenticator',
  'employee.reset_credentials': 'resetOwnCredentials',
}

export interface Sensitive {
  readonly action: string
  /** The id it is about; absent: whoever asks. */
  readonly target?: string | null | undefined
  /** Of the request, where it is known. */
  readonly input?: object
}

const wordingOf = ({ action, input, target }: Sensitive): Wording | undefined => {
  if (target == null) return OWN_WORDINGS[action]
  const { updates } = (input ?? {}) as { readonly updates?: { readonly roles?: unknown; readonly status?: unknown } }
  if (action !== 'employee.update' || updates === undefined) return WORDINGS[action]
  if (updates.status === undefined) return 'changeRoles'
  if (updates.roles !== undefined) return 'change'
  return updates.status === 'disabled' ? 'disable' : 'enable'
}

/** What is to be confirmed, in words. */
export const useSensitiveText = (): ((about: Sensitive) => string) => {
  const t = useTexts(texts)
  return useCallback(
    (about) => {
      const target = about.target ?? ''
      const wording = wordingOf(about)
      return wording === undefined ? t('other', { action: about.action, target }).trim() : t(wording, { target })
    },
    [t],
  )
}

/** Who or which group an id is, with the id; until that is known, the id. */
export const useTargetName = ({ action, target }: Sensitive): string | undefined => {
  const isGroup = action.startsWith('group.')
  const id = target ?? undefined
  const person = useEmployeeGet(id === undefined || isGroup ? undefined : { employee_id: id })
  const group = useGroupGet(id === undefined || !isGroup ? undefined : { group_id: id })
  const name = person.data?.name ?? group.data?.name
  return name === undefined ? id : `${name} (${id})`
}
