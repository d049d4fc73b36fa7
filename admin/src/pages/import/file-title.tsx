import { FileTextOutlined } from '@ant-design/icons'
import { Flex, Typography } from 'antd'
import type { ReactNode } from 'react'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { importTexts } from './texts.ts'

interface FileTitleProps {
  readonly name: string
  readonly rows: number
  readonly about?: string
  /** Buttons. */
  readonly children?: ReactNode
}

export const FileTitle = ({ about, children, name, rows }: FileTitleProps) => {
  const t = useTexts(importTexts)
  const language = useLanguage()
  return (
    <Flex justify="space-between" align="center" gap={12} wrap>
      <Flex vertical style={{ minWidth: 0, maxWidth: '100%' }}>
        <Flex align="baseline" gap={8} style={{ minWidth: 0 }}>
          <FileTextOutlined aria-hidden />
          <Typography.Text strong ellipsis={{ tooltip: true }}>
            {name}
          </Typography.Text>
          <Typography.Text type="secondary" style={{ whiteSpace: 'nowrap' }}>
            {t('people', { count: rows, number: formatNumber(rows, language) })}
          </Typography.Text>
        </Flex>
        {about !== undefined && <Typography.Text type="secondary">{about}</Typography.Text>}
      </Flex>
      <Flex gap={8} wrap>
        {children}
      </Flex>
    </Flex>
  )
}
