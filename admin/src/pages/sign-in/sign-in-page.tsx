import { InboxOutlined } from '@ant-design/icons'
import { type Credentials, NotConnectedError } from '@mchat/sdk'
import { Alert, Button, Card, Collapse, Divider, Flex, Form, Input, Typography, theme, Upload } from 'antd'
import { type DragEvent, useState } from 'react'
import { useErrorText } from '../../calls/error-text.ts'
import type { EndReason } from '../../connection/connection.ts'
import { connection } from '../../connection/connection-context.tsx'
import { isSignInName } from '../../connection/sign-in.ts'
import { brokerAddress, deployment } from '../../deployment.ts'
import { useTexts } from '../../language/language.ts'
import { LanguageButton } from '../../layout/language-button.tsx'
import { ThemeButton } from '../../layout/theme-button.tsx'
import { readCredentialsFile } from './credentials-file.ts'
import { signInTexts } from './texts.ts'

interface SignInForm {
  readonly name: string
  readonly password: string
  readonly brokerAddress: string
}

/** Signing in with what was handed out: the file with an id and its credential, or both typed in. */
export const SignInPage = ({ ended }: { readonly ended?: EndReason | undefined }) => {
  const t = useTexts(signInTexts)
  const textOf = useErrorText()
  const [form] = Form.useForm<SignInForm>()
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const { token } = theme.useToken()
  const [file, setFile] = useState<{ readonly name: string; readonly credentials: Credentials }>()

  const problemOf = (error: unknown): string => {
    if (error instanceof NotConnectedError && error.returnCode !== undefined) return t('refused')
    if (error instanceof NotConnectedError) return t('unreachable', { address: form.getFieldValue('brokerAddress') })
    if (!(error instanceof TypeError)) return textOf(error)
    return URL.canParse(form.getFieldValue('brokerAddress')) ? t('refused') : t('notAnAddress')
  }
  const judgeName = async (given: string): Promise<void> => {
    if (given !== '' && !isSignInName(given)) throw new Error(t('notAnId'))
  }
  const attempt = async (given: Parameters<typeof connection.signIn>[0]): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    try {
      await connection.signIn(given)
    } catch (error) {
      setProblem(problemOf(error))
      setFile(undefined)
      setBusy(false)
    }
  }
  const takeFile = async (chosen: File): Promise<void> => {
    setProblem(undefined)
    const credentials = await readCredentialsFile(chosen)
    if (credentials === undefined) return setProblem(t('notCredentials', { name: chosen.name }))
    setFile({ name: chosen.name, credentials })
    const address = form.getFieldValue('brokerAddress') as string
    await attempt({ kind: 'file', credentials, brokerAddress: address })
  }

  /** Beside its place, too: a browser would leave the page and show what is in it. */
  const drop = (event: DragEvent): void => {
    if (event.isDefaultPrevented() || event.dataTransfer.files.length === 0) return
    event.preventDefault()
    const [dropped] = event.dataTransfer.files
    if (dropped !== undefined && !isBusy) void takeFile(dropped)
  }

  return (
    <Flex
      vertical
      align="center"
      justify="center"
      gap={20}
      style={{ minHeight: '100dvh', padding: 16 }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      <Flex gap={4} style={{ position: 'absolute', top: 12, insetInlineEnd: 16 }}>
        <LanguageButton />
        <ThemeButton />
      </Flex>
      <main style={{ width: '100%', maxWidth: 420 }}>
        <Flex vertical align="center" gap={6} style={{ marginBottom: 20 }}>
          <img src="/icon.svg" width={48} height={48} alt="" />
          <Typography.Title level={1} style={{ margin: 0, fontSize: 24 }}>
            {t('title')}
          </Typography.Title>
          <Typography.Text type="secondary">{t('about')}</Typography.Text>
        </Flex>
        <Card>
          {ended !== undefined && problem === undefined && (
            <Alert type="info" showIcon title={t(ended)} style={{ marginBottom: 16 }} />
          )}
          {problem !== undefined && (
            <Alert type="error" showIcon role="alert" title={problem} style={{ marginBottom: 16 }} />
          )}
          <Form
            form={form}
            layout="vertical"
            requiredMark={false}
            disabled={isBusy}
            initialValues={{ brokerAddress: brokerAddress() ?? '' }}
            onFinish={({ brokerAddress: address, name, password }) =>
              void attempt({ kind: 'password', name: name.trim(), password: password.trim(), brokerAddress: address })
            }
          >
            <Upload.Dragger
              accept=".json,application/json"
              showUploadList={false}
              disabled={isBusy}
              beforeUpload={(chosen) => {
                void takeFile(chosen)
                return false
              }}
            >
              <p className="ant-upload-text" style={{ padding: '0 12px' }}>
                <InboxOutlined aria-hidden style={{ marginInlineEnd: 8, color: token.colorPrimary }} />
                {isBusy && file !== undefined ? file.name : t('dropHere')}
              </p>
              <p className="ant-upload-hint" style={{ margin: 0, padding: '0 12px' }}>
                {t('dropAbout')}
              </p>
            </Upload.Dragger>
            <Divider plain>{t('or')}</Divider>
            <Form.Item
              name="name"
              label={deployment.bindsCredentials ? t('clientId') : t('employeeId')}
              rules={[
                { required: true, whitespace: true, message: t('nameMissing') },
                { validator: (_, given?: string) => judgeName(given?.trim() ?? '') },
              ]}
            >
              <Input size="large" autoComplete="username" autoFocus spellCheck={false} />
            </Form.Item>
            <Form.Item
              name="password"
              label={t('password')}
              rules={[{ required: true, message: t('passwordMissing') }]}
            >
              <Input.Password size="large" autoComplete="current-password" />
            </Form.Item>
            <Button type="primary" htmlType="submit" size="large" block loading={isBusy && file === undefined}>
              {t('signIn')}
            </Button>
            <Collapse
              ghost
              size="small"
              defaultActiveKey={brokerAddress() === undefined ? ['broker'] : []}
              style={{ marginTop: 12 }}
              items={[
                {
                  key: 'broker',
                  label: t('broker'),
                  forceRender: true,
                  children: (
                    <Form.Item
                      name="brokerAddress"
                      label={t('brokerAddress')}
                      extra={t('brokerAbout')}
                      rules={[
                        { required: true, message: t('notAnAddress') },
                        { pattern: /^wss?:\/\/[^/\s]+/, message: t('notAnAddress') },
                      ]}
                      style={{ marginBottom: 0 }}
                    >
                      <Input spellCheck={false} inputMode="url" />
                    </Form.Item>
                  ),
                },
              ]}
            />
          </Form>
        </Card>
        <Typography.Paragraph type="secondary" style={{ textAlign: 'center', marginTop: 16, fontSize: 12 }}>
          MChat {deployment.version}
        </Typography.Paragraph>
      </main>
    </Flex>
  )
}
