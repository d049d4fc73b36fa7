import { DownloadOutlined } from '@ant-design/icons'
import type { Credentials } from '@mchat/sdk'
import { Alert, Button, Descriptions, Flex, Modal, QRCode, Typography } from 'antd'
import { useEmployeeGet } from '../calls/employee-get.ts'
import { defineTexts, useTexts } from '../language/language.ts'
import { COPYABLE } from './copyable.ts'
import { downloadText } from './download-text.ts'

const texts = defineTexts('credentials-dialog', {
  en: {
    title: 'Credentials of {{name}}',
    once: 'This is shown once. Hand it over now: it cannot be shown again, only replaced by a new one.',
    withheld: 'The credential was shown before and cannot be shown again. Make a new one if it is lost.',
    employeeId: 'Employee id',
    clientId: 'Client id',
    password: 'Credential',
    broker: 'Broker',
    ends: 'Ends',
    download: 'Download as a file',
    scan: 'Scan it with a client of MChat',
    done: 'Done',
  },
  'zh-CN': {
    title: '{{name}} 的凭证',
    once: '此内容仅显示一次，请立即交付：之后无法再次查看，只能重新生成。',
    withheld: '凭证此前已显示，无法再次查看。如已遗失，请重新生成。',
    employeeId: '工号',
    clientId: '客户端 ID',
    password: '凭证',
    broker: '消息服务器',
    ends: '失效时间',
    download: '下载为文件',
    scan: '用 MChat 客户端扫描',
    done: '完成',
  },
})

interface CredentialsDialogProps {
  /** undefined: closed. */
  readonly credentials: Credentials | undefined
  readonly onClose: () => void
}

/** Hands out a credential: to copy, as a file that the sign-in page and the SDK take, and as a QR code of the same. */
export const CredentialsDialog = ({ credentials, onClose }: CredentialsDialogProps) => {
  const t = useTexts(texts)
  const id = credentials?.employee_id
  const { data: person } = useEmployeeGet(id === undefined ? undefined : { employee_id: id })
  if (credentials === undefined) return null
  const { employee_id, mqtt_connection } = credentials
  const { broker_host, broker_port, expires_at, mqtt_password, mqtt_username, ws_url } = mqtt_connection
  const file = JSON.stringify({ employee_id, mqtt_connection })
  return (
    <Modal
      open
      title={t('title', { name: person === undefined ? employee_id : `${person.name} (${employee_id})` })}
      onCancel={onClose}
      mask={{ closable: false }}
      // Escape is pressed too easily for what is shown once.
      keyboard={mqtt_password === undefined}
      width={640}
      footer={
        <Button type="primary" onClick={onClose}>
          {t('done')}
        </Button>
      }
    >
      {mqtt_password === undefined ? (
        <Alert type="warning" showIcon title={t('withheld')} />
      ) : (
        <Flex vertical gap={16}>
          <Alert type="warning" showIcon title={t('once')} />
          <Flex gap={24} wrap>
            <Descriptions column={1} size="small" style={{ flex: 1, minWidth: 260 }}>
              <Descriptions.Item label={t(mqtt_username === employee_id ? 'employeeId' : 'clientId')}>
                <Typography.Text code copyable={COPYABLE}>
                  {mqtt_username}
                </Typography.Text>
              </Descriptions.Item>
              <Descriptions.Item label={t('password')}>
                <Typography.Text code copyable={COPYABLE} style={{ wordBreak: 'break-all' }}>
                  {mqtt_password}
                </Typography.Text>
              </Descriptions.Item>
              <Descriptions.Item label={t('broker')}>{ws_url ?? `${broker_host}:${broker_port}`}</Descriptions.Item>
              {expires_at !== undefined && <Descriptions.Item label={t('ends')}>{expires_at}</Descriptions.Item>}
            </Descriptions>
            <Flex vertical align="center" gap={4}>
              <QRCode value={file} size={180} errorLevel="L" type="svg" />
              <Typography.Text type="secondary" style={{ fontSize: 12 }}>
                {t('scan')}
              </Typography.Text>
            </Flex>
          </Flex>
          <Button
            icon={<DownloadOutlined aria-hidden />}
            onClick={() => downloadText(`${employee_id}.json`, 'application/json', `${file}\n`)}
          >
            {t('download')}
          </Button>
        </Flex>
      )}
    </Modal>
  )
}
