import { LIMITS } from '@mchat/schema/limits'
import { Form, Input } from 'antd'
import { NameField } from '../../components/name-field.tsx'
import { useTexts } from '../../language/language.ts'
import { groupTexts } from './texts.ts'

/** What a group is called and for. */
export const GroupFields = () => {
  const t = useTexts(groupTexts)
  return (
    <>
      <NameField label={t('name')} missing={t('nameMissing')} autoFocus />
      <Form.Item name="description" label={t('description')} extra={t('descriptionAbout')}>
        <Input.TextArea rows={4} maxLength={LIMITS.descriptionChars} showCount />
      </Form.Item>
    </>
  )
}
