import { Alert, Button, Flex, Modal, Typography } from 'antd'
import { downloadText } from '../../components/download-text.ts'
import { useAttempt } from '../../components/use-attempt.ts'
import { useTexts } from '../../language/language.ts'
import { accountTexts } from './texts.ts'

interface RecoveryCodesProps {
  /** undefined: they were shown before, and are not shown again. */
  readonly codes: readonly string[] | undefined
  readonly onClose: () => void
}

/** Shows recovery codes once, to be kept. */
export const RecoveryCodes = ({ codes, onClose }: RecoveryCodesProps) => {
  const t = useTexts(accountTexts)
  return (
    <Modal
      open
      title={t('codes')}
      closable={false}
      mask={{ closable: false }}
      footer={
        <Button type="primary" onClick={onClose}>
          {codes === undefined ? t('close') : t('kept')}
        </Button>
      }
    >
      {codes === undefined ? (
        <Alert type="warning" showIcon title={t('codesWithheld')} />
      ) : (
        <CodesToKeep codes={codes} />
      )}
    </Modal>
  )
}

const CodesToKeep = ({ codes }: { readonly codes: readonly string[] }) => {
  const t = useTexts(accountTexts)
  const attempt = useAttempt()
  const text = `${codes.join('\n')}\n`
  return (
    <Flex vertical gap={16}>
      <Alert type="warning" showIcon title={t('codesAbout')} />
      <ul style={{ columns: 2, margin: 0, paddingInlineStart: 20 }}>
        {codes.map((code) => (
          <li key={code}>
            <Typography.Text code>{code}</Typography.Text>
          </li>
        ))}
      </ul>
      <Flex gap={8}>
        {/* Over plain HTTP a browser lends its clipboard to nobody. */}
        {window.isSecureContext && (
          <Button onClick={() => void attempt(() => navigator.clipboard.writeText(text), t('copied'))}>
            {t('copy')}
          </Button>
        )}
        <Button onClick={() => downloadText('mchat-recovery-codes.txt', 'text/plain', text)}>{t('download')}</Button>
      </Flex>
    </Flex>
  )
}
