import { LIMITS } from '@mchat/schema/limits'
import { Form, Input, Select } from 'antd'
import { DepartmentSelect } from '../../components/department-select.tsx'
import { PersonSelect } from '../../components/person-select.tsx'
import { useTexts } from '../../language/language.ts'
import { profileTexts } from './profile-texts.ts'

/** Words that are typed; each is one when Enter is pressed. */
export const WordsSelect = ({ most, ...rest }: { readonly most: number; readonly id?: string }) => (
  <Select {...rest} mode="tags" maxCount={most} open={false} suffixIcon={null} tokenSeparators={[',', '，', '\n']} />
)

/** Who an agent is in the organisation. */
export const IdentityFields = ({ names }: { readonly names?: Readonly<Record<string, string>> }) => {
  const t = useTexts(profileTexts)
  return (
    <>
      <Form.Item
        name="name"
        label={t('name')}
        rules={[{ required: true, whitespace: true, message: t('nameMissing') }]}
      >
        <Input maxLength={LIMITS.nameChars} />
      </Form.Item>
      <Form.Item name="manager_id" label={t('manager')} extra={t('managerAbout')}>
        <PersonSelect only="people" allowClear {...(names === undefined ? {} : { names })} />
      </Form.Item>
      <Form.Item name="department_id" label={t('department')}>
        <DepartmentSelect />
      </Form.Item>
      <Form.Item name="skills_badge" label={t('skills')} extra={t('skillsAbout')}>
        <WordsSelect most={LIMITS.skills} />
      </Form.Item>
      <Form.Item name="capabilities" label={t('capabilities')} extra={t('capabilitiesAbout')}>
        <WordsSelect most={LIMITS.skills} />
      </Form.Item>
    </>
  )
}
