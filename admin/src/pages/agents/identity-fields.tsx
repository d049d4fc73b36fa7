import { LIMITS } from '@mchat/schema/limits'
import { Form } from 'antd'
import { DepartmentSelect } from '../../components/department-select.tsx'
import { NameField } from '../../components/name-field.tsx'
import { PersonSelect } from '../../components/person-select.tsx'
import { WordsSelect } from '../../components/words-select.tsx'
import { useTexts } from '../../language/language.ts'
import { profileTexts } from './profile-texts.ts'

/** Who an agent is in the organisation. */
export const IdentityFields = ({ names }: { readonly names?: Readonly<Record<string, string>> }) => {
  const t = useTexts(profileTexts)
  return (
    <>
      <NameField label={t('name')} missing={t('nameMissing')} />
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
