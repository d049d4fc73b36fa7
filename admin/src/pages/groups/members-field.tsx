import { App, Flex } from 'antd'
import { useMemo } from 'react'
import { DepartmentSelect } from '../../components/department-select.tsx'
import { PersonSelect } from '../../components/person-select.tsx'
import { useDirectory } from '../../directory/use-directory.ts'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { groupTexts } from './texts.ts'

interface MembersFieldProps {
  readonly id?: string
  readonly value?: readonly string[]
  readonly onChange?: (value: string[]) => void
  /** Who is in the group anyway. */
  readonly except: readonly string[]
}

/** People and agents one by one, and the people of a department and of what is below it all at once. Fits into a `Form.Item`. */
export const MembersField = ({ except, id, onChange, value = [] }: MembersFieldProps) => {
  const t = useTexts(groupTexts)
  const language = useLanguage()
  const { message } = App.useApp()
  const { data: directory } = useDirectory()
  const names = useMemo(
    () => Object.fromEntries(value.map((chosen) => [chosen, directory?.person(chosen)?.name ?? chosen])),
    [directory, value],
  )
  const addDepartment = (departmentId: string | null): void => {
    if (directory === undefined || departmentId === null) return
    const within = directory.within(departmentId)
    const known = new Set([...except, ...value])
    const added = directory.people
      .filter(({ department_id, is_ai_agent }) => !is_ai_agent && department_id !== null && within.has(department_id))
      .map(({ employee_id }) => employee_id)
      .filter((person) => !known.has(person))
    if (added.length > 0) onChange?.([...value, ...added])
    const name = directory.departments.get(departmentId)?.name ?? departmentId
    const values = { count: added.length, number: formatNumber(added.length, language), name }
    void message.info(added.length > 0 ? t('departmentChosen', values) : t('departmentNobody', { name }))
  }
  return (
    <Flex vertical gap={8}>
      <PersonSelect
        {...(id === undefined ? {} : { id })}
        mode="multiple"
        value={value}
        except={except}
        names={names}
        {...(onChange === undefined ? {} : { onChange })}
      />
      <DepartmentSelect
        aria-label={t('addDepartment')}
        placeholder={t('addDepartment')}
        value={null}
        disabled={directory === undefined}
        onChange={addDepartment}
      />
    </Flex>
  )
}
