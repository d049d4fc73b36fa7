import { DownloadOutlined } from '@ant-design/icons'
import { EMPLOYEE_COLUMNS, type EmployeeColumn } from '@mchat/schema/employee-columns'
import { Alert, Button, Card, Checkbox, Flex, Form, Switch, Typography } from 'antd'
import { useEmployeeExport } from '../../calls/employee-export.ts'
import { useErrorText } from '../../calls/error-text.ts'
import { DepartmentSelect } from '../../components/department-select.tsx'
import { isWebAddress } from '../../components/web-address.ts'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { columnTexts, importTexts } from './texts.ts'

interface ExportForm {
  readonly department_id?: string | null
  readonly include_disabled: boolean
  readonly fields: readonly EmployeeColumn[]
}

export const ExportPeople = () => {
  const t = useTexts(importTexts)
  const column = useTexts(columnTexts)
  const language = useLanguage()
  const textOf = useErrorText()
  const { data, error, isPending, mutate, reset } = useEmployeeExport()
  const begin = ({ department_id, fields, include_disabled }: ExportForm): void =>
    mutate({
      ...(department_id ? { department_id } : {}),
      ...(include_disabled ? { include_disabled } : {}),
      fields: EMPLOYEE_COLUMNS.filter((each) => fields.includes(each)),
    })
  return (
    <Card>
      <Flex vertical gap={20} style={{ maxWidth: 640 }}>
        <Typography.Text type="secondary">{t('exportAbout')}</Typography.Text>
        {error !== null && <Alert type="error" showIcon role="alert" title={textOf(error)} />}
        <Form<ExportForm>
          layout="vertical"
          disabled={isPending}
          initialValues={{ include_disabled: false, fields: EMPLOYEE_COLUMNS }}
          onValuesChange={reset}
          onFinish={begin}
        >
          <Form.Item name="department_id" label={t('department')} extra={t('departmentAbout')}>
            <DepartmentSelect placeholder={t('departmentAll')} />
          </Form.Item>
          {/* Not `required`, which marks a group of boxes with an attribute that it cannot have. */}
          <Form.Item
            name="fields"
            label={t('columns')}
            rules={[{ type: 'array', min: 1, message: t('chooseColumns') }]}
          >
            <Checkbox.Group options={EMPLOYEE_COLUMNS.map((value) => ({ value, label: column(value) }))} />
          </Form.Item>
          <Flex align="center" gap={8} style={{ marginBottom: 24 }}>
            <Form.Item name="include_disabled" valuePropName="checked" noStyle>
              <Switch aria-label={t('includeDisabled')} size="small" />
            </Form.Item>
            {t('includeDisabled')}
          </Flex>
          <Button type="primary" htmlType="submit" loading={isPending}>
            {t('begin')}
          </Button>
        </Form>
        {data !== undefined && (
          <Alert
            type="success"
            showIcon
            role="status"
            title={t('exported', { count: data.rows, number: formatNumber(data.rows, language) })}
            action={
              isWebAddress(data.url) && (
                <Button icon={<DownloadOutlined aria-hidden />} href={data.url} target="_blank" rel="noreferrer">
                  {t('download', { name: data.file_name })}
                </Button>
              )
            }
          />
        )}
      </Flex>
    </Card>
  )
}
