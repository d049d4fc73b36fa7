import { DownloadOutlined, InboxOutlined } from '@ant-design/icons'
import { Alert, Button, Flex, Typography, Upload } from 'antd'
import { useState } from 'react'
import { downloadText } from '../../components/download-text.ts'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { templateCsv } from './import-files.ts'
import { useFileProblemText } from './problem-texts.ts'
import { readFile } from './read-file.ts'
import { FILE_BYTES, FILE_ROWS, type Sheet } from './sheet.ts'
import { importTexts } from './texts.ts'

interface ChooseFileProps {
  readonly onRead: (name: string, sheet: Sheet) => void
}

export const ChooseFile = ({ onRead }: ChooseFileProps) => {
  const t = useTexts(importTexts)
  const language = useLanguage()
  const textOf = useFileProblemText()
  const [reading, setReading] = useState<string>()
  const [problem, setProblem] = useState<unknown>()
  const take = async (file: File): Promise<void> => {
    setReading(file.name)
    setProblem(undefined)
    try {
      onRead(file.name, await readFile(file))
    } catch (error) {
      setProblem(error)
    } finally {
      setReading(undefined)
    }
  }
  const hints = [t('hintRows'), t('hintIds'), t('hintDepartments'), t('hintManagers')]
  return (
    <Flex vertical gap={20}>
      {problem !== undefined && <Alert type="error" showIcon role="alert" title={textOf(problem)} />}
      <Upload.Dragger
        accept=".csv,.tsv,.txt,.xlsx"
        showUploadList={false}
        disabled={reading !== undefined}
        beforeUpload={(file) => {
          void take(file)
          return false
        }}
      >
        <p className="ant-upload-drag-icon">
          <InboxOutlined aria-hidden />
        </p>
        <p className="ant-upload-text">{reading === undefined ? t('drop') : t('reading', { name: reading })}</p>
        <p className="ant-upload-hint" style={{ padding: '0 16px' }}>
          {t('dropAbout', { megabytes: FILE_BYTES / 1024 / 1024, rows: formatNumber(FILE_ROWS, language) })}
        </p>
      </Upload.Dragger>
      <Flex justify="space-between" align="flex-start" gap={16} wrap>
        <Typography.Text type="secondary">
          <ul style={{ margin: 0, paddingInlineStart: 18, lineHeight: 1.9 }}>
            {hints.map((hint) => (
              <li key={hint}>{hint}</li>
            ))}
          </ul>
        </Typography.Text>
        <Button
          icon={<DownloadOutlined aria-hidden />}
          onClick={() => downloadText('people.csv', 'text/csv', templateCsv())}
        >
          {t('template')}
        </Button>
      </Flex>
    </Flex>
  )
}
