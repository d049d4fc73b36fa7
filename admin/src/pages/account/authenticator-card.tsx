import { App, Button, Card, Flex, Tag, Typography } from 'antd'
import { useState } from 'react'
import { useAuthTotpEnroll } from '../../calls/auth-totp-enroll.ts'
import { useAuthTotpRemove } from '../../calls/auth-totp-remove.ts'
import { useAuthTotpRenewCodes } from '../../calls/auth-totp-renew-codes.ts'
import { useAuthTotpStatus } from '../../calls/auth-totp-status.ts'
import { Asked } from '../../components/page-states.tsx'
import { useAttempt } from '../../components/use-attempt.ts'
import { formatTime, useLanguage, useTexts } from '../../language/language.ts'
import { EnrolDialog } from './enrol-dialog.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { accountTexts } from './texts.ts'

/** Few enough to get new ones. */
const FEW_CODES = 3

export const AuthenticatorCard = () => {
  const t = useTexts(accountTexts)
  const language = useLanguage()
  const { modal } = App.useApp()
  const attempt = useAttempt()
  const status = useAuthTotpStatus({})
  const enrol = useAuthTotpEnroll()
  const remove = useAuthTotpRemove()
  const renew = useAuthTotpRenewCodes()
  /** null: it is open, and the secret is not shown again. */
  const [secretUrl, setSecretUrl] = useState<string | null>()

  const begin = async (): Promise<void> => {
    const enrolment = await attempt(() => enrol.mutateAsync({}))
    if (enrolment !== undefined) setSecretUrl(enrolment.otpauth_url ?? null)
  }
  const renewCodes = (): void => {
    void modal.confirm({
      title: t('renewTitle'),
      content: t('renewAbout'),
      okText: t('renewCodes'),
      cancelText: t('cancel'),
      onOk: () => void attempt(() => renew.mutateAsync({})),
    })
  }
  const end = (): void => {
    void modal.confirm({
      title: t('removeTitle'),
      content: t('removeAbout'),
      okText: t('remove'),
      cancelText: t('cancel'),
      okButtonProps: { danger: true },
      onOk: () => void attempt(() => remove.mutateAsync({}), t('removed')),
    })
  }
  return (
    <Card title={t('authenticator')}>
      <Asked query={status}>
        {({ codes_left, enrolled, enrolled_at }) => (
          <Flex vertical gap={12} align="flex-start">
            <Typography.Text type="secondary">{t('authenticatorAbout')}</Typography.Text>
            {enrolled ? (
              <>
                <Tag color="success">{t('on', { time: formatTime(enrolled_at ?? '', language) })}</Tag>
                <Typography.Text {...(codes_left < FEW_CODES ? { type: 'warning' } : {})}>
                  {t('codesLeft', { count: codes_left })}
                </Typography.Text>
                <Flex gap={8} wrap>
                  <Button aria-haspopup="dialog" loading={renew.isPending} onClick={renewCodes}>
                    {t('renewCodes')}
                  </Button>
                  <Button danger onClick={end}>
                    {t('remove')}
                  </Button>
                </Flex>
              </>
            ) : (
              <>
                <Tag>{t('off')}</Tag>
                <Button type="primary" loading={enrol.isPending} aria-haspopup="dialog" onClick={() => void begin()}>
                  {t('setUp')}
                </Button>
              </>
            )}
          </Flex>
        )}
      </Asked>
      {secretUrl !== undefined && <EnrolDialog secretUrl={secretUrl} onClose={() => setSecretUrl(undefined)} />}
      {renew.data !== undefined && <RecoveryCodes codes={renew.data.recovery_codes} onClose={renew.reset} />}
    </Card>
  )
}
