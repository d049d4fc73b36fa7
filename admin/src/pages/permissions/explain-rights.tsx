import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import type { InputOf } from '@mchat/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { Button, Card, Flex, Form, Input, Typography } from 'antd'
import { useState } from 'react'
import { useAuthzExplain } from '../../calls/authz-explain.ts'
import { ActionSelect } from '../../components/action-select.tsx'
import { Failed } from '../../components/page-states.tsx'
import { PersonSelect } from '../../components/person-select.tsx'
import { useTexts } from '../../language/language.ts'
import { Explanation } from './explanation.tsx'
import { FieldValue } from './field-value.tsx'
import { type FieldRow, fieldsOf, rowsFor } from './fields-of.ts'
import { permissionTexts } from './texts.ts'

interface ExplainForm {
  readonly employee_id: string
  readonly for_action: string
  readonly fields?: readonly FieldRow[]
}

/** Asks the gateway what it would decide, and shows how it comes to that. */
export const ExplainRights = () => {
  const t = useTexts(permissionTexts)
  const [asked, setAsked] = useState<InputOf<'authz.explain'>>()
  const queries = useQueryClient()
  const [form] = Form.useForm<ExplainForm>()
  const explained = useAuthzExplain(asked)
  const ask = ({ employee_id, fields, for_action }: ExplainForm): void => {
    const next = { employee_id, for_action, fields: fieldsOf(fields ?? []) }
    setAsked(next)
    // Whoever asks again wants to know what is true now.
    const isSame = JSON.stringify(next) === JSON.stringify(asked)
    void queries.invalidateQueries({ queryKey: ['authz.explain'], refetchType: isSame ? 'active' : 'none' })
  }
  return (
    <Card title={t('why')}>
      <Typography.Paragraph type="secondary">{t('whyAbout')}</Typography.Paragraph>
      <Form<ExplainForm>
        form={form}
        name="explain-rights"
        layout="vertical"
        requiredMark={false}
        onFinish={ask}
        style={{ maxWidth: 720 }}
      >
        <Flex gap={16} wrap>
          <Form.Item
            name="employee_id"
            label={t('person')}
            rules={[{ required: true, message: t('personMissing') }]}
            style={{ flex: '1 1 260px' }}
          >
            <PersonSelect />
          </Form.Item>
          <Form.Item
            name="for_action"
            label={t('action')}
            rules={[{ required: true, message: t('actionMissing') }]}
            style={{ flex: '1 1 260px' }}
          >
            <ActionSelect
              onChange={(action = '') =>
                form.setFieldValue('fields', rowsFor(action, form.getFieldValue('fields') ?? []))
              }
            />
          </Form.Item>
        </Flex>
        <Form.List name="fields">
          {(rows, { add, remove }) => (
            <Form.Item label={t('field')} extra={t('fieldAbout')}>
              <Flex vertical gap={8} align="flex-start">
                {rows.map(({ key, name }) => (
                  <Flex key={key} gap={8} style={{ width: '100%' }}>
                    <Form.Item name={[name, 'name']} noStyle>
                      <Input aria-label={t('fieldName')} placeholder="group_id" spellCheck={false} />
                    </Form.Item>
                    <Form.Item name={[name, 'value']} noStyle>
                      <FieldValue row={name} aria-label={t('fieldValue')} placeholder={t('fieldValueHint')} />
                    </Form.Item>
                    <Button
                      icon={<DeleteOutlined aria-hidden />}
                      aria-label={t('removeField')}
                      style={{ flexShrink: 0 }}
                      onClick={() => remove(name)}
                    />
                  </Flex>
                ))}
                <Button type="dashed" icon={<PlusOutlined aria-hidden />} onClick={() => add()}>
                  {t('addField')}
                </Button>
              </Flex>
            </Form.Item>
          )}
        </Form.List>
        <Button type="primary" htmlType="submit" loading={explained.isFetching}>
          {t('ask')}
        </Button>
      </Form>
      {explained.error !== null && <Failed error={explained.error} />}
      {explained.data !== undefined && <Explanation explained={explained.data} />}
    </Card>
  )
}
