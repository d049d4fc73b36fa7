import { NotificationOutlined, SendOutlined } from '@ant-design/icons'
import { LIMITS } from '@mchat/schema/limits'
import { RequestTimeoutError } from '@mchat/sdk'
import { Alert, App, Button, Card, Col, Flex, Form, Input, Radio, Row, Typography, theme } from 'antd'
import { useState } from 'react'
import { showFieldErrors, useErrorText } from '../../calls/error-text.ts'
import { useFieldErrorText } from '../../calls/field-rule-texts.ts'
import { useSystemAnnounce } from '../../calls/system-announce.ts'
import { DepartmentSelect } from '../../components/department-select.tsx'
import { Page } from '../../components/page.tsx'
import { PersonSelect } from '../../components/person-select.tsx'
import { useLeaveGuard } from '../../components/use-leave-guard.ts'
import type { Directory } from '../../directory/directory.ts'
import { useDirectory } from '../../directory/use-directory.ts'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { announcementTexts } from './texts.ts'

const AUDIENCES = ['everybody', 'department', 'people'] as const
interface AnnouncementForm {
  readonly audience: (typeof AUDIENCES)[number]
  readonly department_id?: string | null
  readonly target_employee_ids?: string[]
  readonly title?: string
  readonly body: string
}

export const AnnouncementsPage = () => {
  const t = useTexts(announcementTexts)
  const language = useLanguage()
  const { data: directory } = useDirectory()
  const textOf = useErrorText()
  const fieldText = useFieldErrorText()
  const { modal } = App.useApp()
  const [form] = Form.useForm<AnnouncementForm>()
  const audience = Form.useWatch('audience', form) ?? 'everybody'
  const title = Form.useWatch('title', form)
  const body = Form.useWatch('body', form)
  const announce = useSystemAnnounce()
  const [problem, setProblem] = useState<string>()
  const isBegun = [title, body].some((text) => text !== undefined && text.trim() !== '')
  // What is on its way is sent whoever leaves, and of what was not answered nobody knows.
  const maybeSent = announce.isPending || announce.data !== undefined || announce.error instanceof RequestTimeoutError
  useLeaveGuard(isBegun && !maybeSent ? { title: t('leaveTitle'), content: t('leaveAbout') } : undefined)

  const send = async (values: AnnouncementForm): Promise<void> => {
    setProblem(undefined)
    const heading = values.title?.trim() ?? ''
    try {
      await announce.mutateAsync({
        body: values.body,
        ...(heading === '' ? {} : { title: heading }),
        ...(values.audience === 'department' && values.department_id ? { department_id: values.department_id } : {}),
        ...(values.audience === 'people' ? { target_employee_ids: values.target_employee_ids ?? [] } : {}),
      })
    } catch (error) {
      if (!showFieldErrors(form, error, fieldText)) setProblem(textOf(error))
    }
  }
  const ask = (values: AnnouncementForm): void => {
    const question = {
      everybody: () => t('askEverybody'),
      department: () => t('askDepartment'),
      people: () => t('askPeople', { count: values.target_employee_ids?.length ?? 0 }),
    }[values.audience]()
    const count = directory === undefined ? undefined : addressedBy(directory, values)
    void modal.confirm({
      title: question,
      content: (
        <>
          {count !== undefined && <div>{t('askReach', { count, number: formatNumber(count, language) })}</div>}
          <div>{t('askAbout')}</div>
        </>
      ),
      okText: t('send'),
      cancelText: t('cancel'),
      onOk: () => send(values),
    })
  }
  return (
    <Page title={t('title')} about={t('about')} permissions={['system.manage']}>
      <Row gutter={[16, 16]}>
        <Col xs={24} xl={14}>
          <Card>
            {problem !== undefined && (
              <Alert type="error" showIcon role="alert" title={problem} style={{ marginBottom: 16 }} />
            )}
            {announce.data !== undefined ? (
              <Flex vertical gap={16} align="flex-start">
                <Alert
                  type="success"
                  showIcon
                  role="status"
                  title={t('sent', { count: announce.data.addressed })}
                  description={t('sentAbout')}
                  style={{ width: '100%' }}
                />
                <Button
                  onClick={() => {
                    form.resetFields()
                    announce.reset()
                  }}
                >
                  {t('another')}
                </Button>
              </Flex>
            ) : (
              <Form<AnnouncementForm>
                form={form}
                layout="vertical"
                requiredMark={false}
                disabled={announce.isPending}
                initialValues={{ audience: 'everybody' }}
                onFinish={ask}
              >
                <Form.Item name="audience" label={t('audience')} extra={t(`${audience}About`)}>
                  <Radio.Group optionType="button" options={AUDIENCES.map((value) => ({ value, label: t(value) }))} />
                </Form.Item>
                {audience === 'department' && (
                  <Form.Item
                    name="department_id"
                    label={t('department')}
                    rules={[{ required: true, message: t('departmentMissing') }]}
                  >
                    <DepartmentSelect />
                  </Form.Item>
                )}
                {audience === 'people' && (
                  <Form.Item
                    name="target_employee_ids"
                    label={t('people')}
                    rules={[{ required: true, type: 'array', min: 1, message: t('peopleMissing') }]}
                  >
                    <PersonSelect mode="multiple" />
                  </Form.Item>
                )}
                <Form.Item name="title" label={t('heading')} extra={t('headingAbout')}>
                  <Input maxLength={LIMITS.titleChars} />
                </Form.Item>
                <Form.Item
                  name="body"
                  label={t('body')}
                  rules={[{ required: true, whitespace: true, message: t('bodyMissing') }]}
                >
                  <Input.TextArea rows={6} maxLength={LIMITS.announcementChars} showCount />
                </Form.Item>
                <Button
                  type="primary"
                  htmlType="submit"
                  icon={<SendOutlined aria-hidden />}
                  loading={announce.isPending}
                >
                  {t('send')}
                </Button>
              </Form>
            )}
          </Card>
        </Col>
        <Col xs={24} xl={10}>
          <Card title={t('preview')}>
            <Preview title={title?.trim() === '' || title === undefined ? t('untitled') : title} body={body ?? ''} />
          </Card>
        </Col>
      </Row>
    </Page>
  )
}

/** How many people it is for, as far as that is not said already; agents are not told. */
const addressedBy = (directory: Directory, { audience, department_id }: AnnouncementForm): number | undefined => {
  if (audience === 'people') return undefined
  const people = directory.people.filter(({ is_ai_agent }) => !is_ai_agent)
  if (audience === 'everybody') return people.length
  if (!department_id) return undefined
  const within = directory.within(department_id)
  return people.filter((person) => person.department_id !== null && within.has(person.department_id)).length
}

const Preview = ({ body, title }: { readonly title: string; readonly body: string }) => {
  const { token } = theme.useToken()
  return (
    <Flex gap={12} style={{ padding: 16, borderRadius: token.borderRadiusLG, background: token.colorFillQuaternary }}>
      <NotificationOutlined aria-hidden style={{ fontSize: 18, color: token.colorPrimary, marginTop: 3 }} />
      <div style={{ minWidth: 0 }}>
        <Typography.Text strong>{title}</Typography.Text>
        <Typography.Paragraph style={{ margin: '4px 0 0', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {body}
        </Typography.Paragraph>
      </div>
    </Flex>
  )
}
