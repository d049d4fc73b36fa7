import { LaptopOutlined, PlusOutlined } from '@ant-design/icons'
import { LIMITS } from '@mchat/schema/limits'
import type { Credentials, Device, Session } from '@mchat/sdk'
import { Button, Card, Flex, Form, Input, InputNumber, Popconfirm, Tag, Typography, theme } from 'antd'
import { useEffect, useMemo, useState } from 'react'
import { useDeviceAdd } from '../calls/device-add.ts'
import { useDeviceList } from '../calls/device-list.ts'
import { useSessionList } from '../calls/session-list.ts'
import { useSessionRevoke } from '../calls/session-revoke.ts'
import { useClient } from '../connection/connection-context.tsx'
import { formatTime, useLanguage, useTexts } from '../language/language.ts'
import { CredentialsDialog } from './credentials-dialog.tsx'
import { devicesTexts } from './devices-texts.ts'
import { FormDrawer } from './form-drawer.tsx'
import { Asked, Nothing } from './page-states.tsx'
import { useIsOnline } from './presence.tsx'
import { useAttempt } from './use-attempt.ts'
import { useFieldRules } from './use-field-rules.ts'

interface DevicesCardProps {
  readonly employeeId: string
  /** May devices be added and signed out? */
  readonly isEditable: boolean
}

/** One that is signed in, that has a credential of its own, or both. */
interface Entry {
  readonly clientId: string
  readonly session: Session | undefined
  readonly device: Device | undefined
}

/** The sessions and devices of one employee. */
export const DevicesCard = ({ employeeId, isEditable }: DevicesCardProps) => {
  const t = useTexts(devicesTexts)
  const input = { employee_id: employeeId }
  const sessions = useSessionList(input)
  const devices = useDeviceList(input)
  const [isAdding, setAdding] = useState(false)
  const [credentials, setCredentials] = useState<Credentials>()
  const isOnline = useIsOnline(employeeId)
  const { refetch } = sessions
  // Nothing announces a session, but whoever has one comes online.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is asked again when this has changed
  useEffect(() => void refetch(), [isOnline, refetch])
  const query = {
    data: useMemo(
      () =>
        sessions.data === undefined || devices.data === undefined
          ? undefined
          : entriesOf(sessions.data.sessions, devices.data.devices),
      [sessions.data, devices.data],
    ),
    error: sessions.error ?? devices.error,
    isPending: sessions.isPending || devices.isPending,
    refetch: () => Promise.all([sessions.refetch(), devices.refetch()]),
  }
  return (
    <Card
      title={t('title')}
      extra={
        isEditable && (
          <Button icon={<PlusOutlined aria-hidden />} aria-haspopup="dialog" onClick={() => setAdding(true)}>
            {t('add')}
          </Button>
        )
      }
    >
      <Asked query={query}>
        {(entries) =>
          entries.length === 0 ? (
            <Nothing text={t('none')} />
          ) : (
            <ul aria-label={t('title')} style={{ listStyle: 'none', margin: 0, padding: 0 }}>
              {entries.map((entry, index) => (
                <DeviceRow key={entry.clientId} entry={entry} isEditable={isEditable} isFirst={index === 0} />
              ))}
            </ul>
          )
        }
      </Asked>
      <AddDevice
        employeeId={employeeId}
        isOpen={isAdding}
        onClose={() => setAdding(false)}
        onAdded={(added) => {
          setAdding(false)
          setCredentials(added)
        }}
      />
      <CredentialsDialog credentials={credentials} onClose={() => setCredentials(undefined)} />
    </Card>
  )
}

const entriesOf = (sessions: readonly Session[], devices: readonly Device[]): readonly Entry[] => {
  const byDevice = new Map(devices.map((device) => [device.client_id, device]))
  const signedIn = sessions
    .toSorted((a, b) => b.last_seen_at.localeCompare(a.last_seen_at))
    .map((session) => ({ clientId: session.client_id, session, device: byDevice.get(session.client_id) }))
  const withSession = new Set(sessions.map(({ client_id }) => client_id))
  const others = devices.filter(({ client_id }) => !withSession.has(client_id))
  return [...signedIn, ...others.map((device) => ({ clientId: device.client_id, session: undefined, device }))]
}

/** `{employee_id}_{device_id}_{uuid}`, or whatever a client calls itself. */
const deviceIdOf = (clientId: string): string => clientId.split('_').at(-2) ?? clientId

interface DeviceRowProps {
  readonly entry: Entry
  readonly isEditable: boolean
  readonly isFirst: boolean
}

const DeviceRow = ({ entry: { clientId, device, session }, isEditable, isFirst }: DeviceRowProps) => {
  const t = useTexts(devicesTexts)
  const language = useLanguage()
  const client = useClient()
  const revoke = useSessionRevoke()
  const attempt = useAttempt()
  const { token } = theme.useToken()
  const isThis = clientId === client.clientId
  const ends = session?.expires_at ?? device?.expires_at ?? undefined
  const deviceId = deviceIdOf(clientId)
  // Tabs of the console are all one kind of device: what they say of themselves tells them apart.
  const name = session?.device_info?.trim() || deviceId
  const seen = isThis
    ? t('inUse')
    : session === undefined
      ? t('neverSeen')
      : t('lastSeen', { time: formatTime(session.last_seen_at, language) })
  // Two tabs of one browser may have been seen in the same minute.
  const spoken = t('revokeOne', { name, seen, end: clientId.slice(-4) })
  const lines = [
    name === deviceId ? undefined : deviceId,
    seen,
    ends === undefined ? undefined : t('ends', { time: formatTime(ends, language) }),
  ].filter((line) => line !== undefined && line !== '')
  return (
    <li style={{ padding: '12px 0', borderTop: isFirst ? 0 : `1px solid ${token.colorBorderSecondary}` }}>
      <Flex gap={12} align="flex-start">
        <LaptopOutlined aria-hidden style={{ fontSize: 18, marginTop: 3, color: token.colorTextSecondary }} />
        <div style={{ flex: 1, minWidth: 0 }}>
          <Flex gap={6} wrap align="center">
            <Typography.Text strong title={clientId} style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Typography.Text>
            {isThis && <Tag color="blue">{t('thisDevice')}</Tag>}
            {session === undefined && <Tag>{t('notSignedIn')}</Tag>}
            {device === undefined && <Tag>{t('shared')}</Tag>}
          </Flex>
          <Typography.Text type="secondary" style={{ fontSize: 12, overflowWrap: 'anywhere' }}>
            {lines.join(' · ')}
          </Typography.Text>
        </div>
        {isEditable && !isThis && (
          <Popconfirm
            title={t('revokeAsk')}
            description={<div style={{ maxWidth: 280 }}>{t(device === undefined ? 'revokeShared' : 'revokeOwn')}</div>}
            okText={t('revoke')}
            okButtonProps={{ danger: true }}
            onConfirm={() => attempt(() => revoke.mutateAsync({ client_id: clientId }), t('revoked'))}
          >
            <Button size="small" danger loading={revoke.isPending} aria-label={spoken}>
              {t('revoke')}
            </Button>
          </Popconfirm>
        )}
      </Flex>
    </li>
  )
}

interface AddDeviceForm {
  readonly device_id: string
  readonly expires_in_days?: number | null
}
interface AddDeviceProps {
  readonly employeeId: string
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onAdded: (credentials: Credentials) => void
}

const AddDevice = ({ employeeId, isOpen, onAdded, onClose }: AddDeviceProps) => {
  const t = useTexts(devicesTexts)
  const [form] = Form.useForm<AddDeviceForm>()
  const add = useDeviceAdd()
  const rules = useFieldRules()
  return (
    <FormDrawer<AddDeviceForm, Credentials>
      title={t('add')}
      isOpen={isOpen}
      form={form}
      submitText={t('add')}
      onClose={onClose}
      onDone={onAdded}
      onSubmit={({ device_id, expires_in_days }) =>
        add.mutateAsync({
          employee_id: employeeId,
          device_id: device_id.trim(),
          ...(typeof expires_in_days === 'number' ? { expires_in_days } : {}),
        })
      }
    >
      <Typography.Paragraph type="secondary">{t('addAbout')}</Typography.Paragraph>
      <Form.Item
        name="device_id"
        label={t('deviceId')}
        extra={t('deviceIdAbout')}
        rules={[{ required: true, whitespace: true, message: t('deviceIdMissing') }, rules.deviceId]}
      >
        <Input spellCheck={false} autoFocus />
      </Form.Item>
      <Form.Item name="expires_in_days" label={t('days')} extra={t('daysAbout')}>
        <InputNumber min={1} max={LIMITS.credentialDaysAtMost} precision={0} style={{ width: '100%' }} />
      </Form.Item>
    </FormDrawer>
  )
}
