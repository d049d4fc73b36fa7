import { FileUnknownOutlined, LockOutlined } from '@ant-design/icons'
import { RequestRejectedError, RequestTimeoutError } from '@mchat/sdk'
import { Button, Empty, Flex, Result, Spin } from 'antd'
import type { ReactNode } from 'react'
import { useErrorText } from '../calls/error-text.ts'
import { defineTexts, useTexts } from '../language/language.ts'

const texts = defineTexts('page-states', {
  en: {
    loading: 'Loading',
    failed: 'This could not be loaded',
    unanswered: 'No answer came in time.',
    again: 'Try again',
    missing: 'It does not exist',
    missingAbout: 'It may have been removed, or the address is wrong.',
    wrongAddress: 'The address of this page is wrong',
    wrongAddressAbout: 'Something in it, or in a filter, cannot be. Open the page again from the menu.',
    refused: 'This is not for you to see',
    noPermission: 'You have no permission for this page',
    noPermissionAbout: 'Ask an administrator for the permission {{permission}}.',
  },
  'zh-CN': {
    loading: '加载中',
    failed: '加载失败',
    unanswered: '没有及时收到答复。',
    again: '重试',
    missing: '不存在',
    missingAbout: '可能已被删除，或者地址有误。',
    wrongAddress: '页面地址有误',
    wrongAddressAbout: '地址或筛选条件中有无效的内容，请从菜单重新打开页面。',
    refused: '您无权查看',
    noPermission: '您没有权限查看此页面',
    noPermissionAbout: '请向管理员申请权限 {{permission}}。',
  },
})

export const Waiting = ({ fullPage = false }: { readonly fullPage?: boolean }) => {
  const t = useTexts(texts)
  return (
    <Flex
      align="center"
      justify="center"
      style={{ minHeight: fullPage ? '100dvh' : 240 }}
      role="status"
      aria-label={t('loading')}
    >
      <Spin size="large" />
    </Flex>
  )
}

/** What is asked for is in the address of the page; to ask the same again would not help. */
const isWrongAddress = (error: unknown): boolean =>
  error instanceof RequestRejectedError && error.reason === 'invalid_fields'

export const Failed = ({ error, onAgain }: { readonly error: unknown; readonly onAgain?: () => void }) => {
  const t = useTexts(texts)
  const textOf = useErrorText()
  if (isWrongAddress(error)) {
    return (
      <Result icon={<FileUnknownOutlined aria-hidden />} title={t('wrongAddress')} subTitle={t('wrongAddressAbout')} />
    )
  }
  return (
    <Result
      status="warning"
      title={t('failed')}
      subTitle={error instanceof RequestTimeoutError ? t('unanswered') : textOf(error)}
      extra={onAgain !== undefined && <Button onClick={onAgain}>{t('again')}</Button>}
    />
  )
}

export const NoPermission = ({ permission }: { readonly permission: string }) => {
  const t = useTexts(texts)
  return (
    <Result
      icon={<LockOutlined aria-hidden />}
      title={t('noPermission')}
      subTitle={t('noPermissionAbout', { permission })}
    />
  )
}

/** Instead of what is not there, or not for this reader: asking again would not help. */
const Gone = ({ error }: { readonly error: RequestRejectedError }) => {
  const t = useTexts(texts)
  const textOf = useErrorText()
  return error.code === 404 ? (
    <Result icon={<FileUnknownOutlined aria-hidden />} title={t('missing')} subTitle={t('missingAbout')} />
  ) : (
    <Result icon={<LockOutlined aria-hidden />} title={t('refused')} subTitle={textOf(error)} />
  )
}

/** @param action what a person can do about it */
export const Nothing = ({ action, text }: { readonly text: string; readonly action?: ReactNode }) => (
  <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={text} style={{ padding: '32px 0' }}>
    {action}
  </Empty>
)

interface QueryLike<T> {
  readonly data: T | undefined
  readonly error: unknown
  readonly isPending: boolean
  refetch(): unknown
}

/** It is not there any more, or not for this reader: what was there before is not to be shown. */
const isGone = (error: unknown): error is RequestRejectedError =>
  error instanceof RequestRejectedError && [403, 404].includes(error.code)

/** What may be shown of what was asked: also what was there before a failure, unless it is gone. */
export const shownOf = <T,>({ data, error }: Pick<QueryLike<T>, 'data' | 'error'>): T | undefined =>
  isGone(error) ? undefined : data

/** What was asked, once it is there; until then, or if it does not come, says so. What was there before stays meanwhile. */
export const Asked = <T,>({
  children,
  query,
}: {
  readonly query: QueryLike<T>
  readonly children: (data: T) => ReactNode
}) => {
  if (isGone(query.error)) return <Gone error={query.error} />
  if (query.data !== undefined) return <>{children(query.data)}</>
  if (query.error !== null && query.error !== undefined)
    return <Failed error={query.error} onAgain={() => void query.refetch()} />
  return <Waiting />
}
