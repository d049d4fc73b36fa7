import { Form, Input } from 'antd'
import { DepartmentSelect } from '../../components/department-select.tsx'
import { PersonSelect } from '../../components/person-select.tsx'
import { kindOfField } from './fields-of.ts'

interface FieldValueProps {
  /** Its place in the form. */
  readonly row: number
  readonly id?: string
  readonly 'aria-label': string
  readonly placeholder: string
  readonly value?: string | null
  readonly onChange?: (value: string | null | undefined) => void
}

/** The value of a field of a request: chosen, where its name says what it is the id of. Fits into a `Form.Item`. */
export const FieldValue = ({ onChange, placeholder, row, value, ...rest }: FieldValueProps) => {
  const form = Form.useFormInstance()
  const action = Form.useWatch('for_action', form) as string | undefined
  const name = Form.useWatch(['fields', row, 'name'], form) as string | undefined
  const common = { ...rest, value: value === undefined || value === '' ? null : value }
  switch (kindOfField(action, name)) {
    case 'person':
      return <PersonSelect {...common} allowClear onChange={(next) => onChange?.(next)} />
    case 'department':
      return <DepartmentSelect {...common} onChange={(next) => onChange?.(next)} />
    default:
      return (
        <Input
          {...rest}
          value={value ?? ''}
          placeholder={placeholder}
          spellCheck={false}
          onChange={({ target }) => onChange?.(target.value)}
        />
      )
  }
}
