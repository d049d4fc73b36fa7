import { LIMITS } from '@mchat/schema/limits'
import { Form, Input } from 'antd'

interface NameFieldProps {
  readonly label: string
  /** Said where nothing is entered. */
  readonly missing: string
  readonly autoFocus?: boolean
}

/** What a person, an agent or a group is called; `name` of its form. */
export const NameField = ({ autoFocus = false, label, missing }: NameFieldProps) => (
  <Form.Item name="name" label={label} rules={[{ required: true, whitespace: true, message: missing }]}>
    <Input maxLength={LIMITS.nameChars} autoFocus={autoFocus} />
  </Form.Item>
)
