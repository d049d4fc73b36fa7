import { DownloadOutlined } from '@ant-design/icons'
import type { OutputOf } from '@mchat/sdk'
import { Alert, Button, Flex, Modal, Radio, Spin, Typography } from 'antd'
import { useRef, useState } from 'react'
import { useErrorText } from '../../calls/error-text.ts'
import { isWebAddress } from '../../components/web-address.ts'
import { useClient } from '../../connection/connection-context.tsx'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import type { AuditFilter } from './audit-filter.ts'
import { auditTexts } from './texts.ts'

type ExportedFile = OutputOf<'audit.export'>

interface AuditExportProps {
  readonly isOpen: boolean
  readonly filter: AuditFilter
  readonly onClose: () => void
}

/** As many files as it takes; they are fetched from the object store, past the gateway. */
export const AuditExport = ({ filter, isOpen, onClose }: AuditExportProps) => {
  const t = useTexts(auditTexts)
  const language = useLanguage()
  const textOf = useErrorText()
  const client = useClient()
  const [format, setFormat] = useState<'csv' | 'ndjson'>('csv')
  const [files, setFiles] = useState<readonly ExportedFile[]>([])
  const [phase, setPhase] = useState<'chosen' | 'busy' | 'done'>('chosen')
  const [error, setError] = useState<unknown>()
  const running = useRef<AbortController | undefined>(undefined)

  const leave = (): void => {
    running.current?.abort()
    setFiles([])
    setPhase('chosen')
    setError(undefined)
    onClose()
  }
  const begin = async (): Promise<void> => {
    const controller = new AbortController()
    running.current = controller
    setPhase('busy')
    setError(undefined)
    setFiles([])
    try {
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const input = { ...filter, format, ...(cursor === undefined ? {} : { cursor }) }
        const file: ExportedFile = await client.request('audit.export', input, { signal: controller.signal })
        cursor = file.next_cursor
        setFiles((before) => [...before, file])
      }
      setPhase('done')
    } catch (reason) {
      if (controller.signal.aborted) return
      setError(reason)
      setPhase('chosen')
    }
  }
  const count = files.reduce((sum, file) => sum + file.rows, 0)
  const rows = t('rows', { count, number: formatNumber(count, language) })
  return (
    <Modal
      open={isOpen}
      title={t('exportTitle')}
      onCancel={leave}
      okText={t('export')}
      cancelText={phase === 'done' ? t('close') : t('cancel')}
      okButtonProps={{ style: phase === 'chosen' ? {} : { display: 'none' } }}
      onOk={() => void begin()}
    >
      <Flex vertical gap={16} aria-live="polite">
        <Typography.Text type="secondary">{t('exportAbout')}</Typography.Text>
        {error !== undefined && <Alert type="error" showIcon role="alert" title={textOf(error)} />}
        {phase === 'chosen' && (
          <Radio.Group
            aria-label={t('format')}
            value={format}
            onChange={({ target }) => setFormat(target.value as 'csv' | 'ndjson')}
            vertical
            options={[
              { value: 'csv', label: t('csv') },
              { value: 'ndjson', label: t('ndjson') },
            ]}
          />
        )}
        {phase === 'busy' && (
          <Flex gap={12} align="center">
            <Spin />
            {t('exporting', { rows })}
          </Flex>
        )}
        {phase === 'done' && <Typography.Text>{t('exported', { rows, count: files.length })}</Typography.Text>}
        {files
          .filter(({ url }) => isWebAddress(url))
          .map(({ file_name, url }) => (
            <Button key={url} icon={<DownloadOutlined aria-hidden />} href={url} target="_blank" rel="noreferrer">
              {t('download', { name: file_name })}
            </Button>
          ))}
      </Flex>
    </Modal>
  )
}
