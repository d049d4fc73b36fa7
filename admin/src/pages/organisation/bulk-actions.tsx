import { Alert, App, Button, Flex, Modal, Typography, theme } from 'antd'
import { useState } from 'react'
import { DepartmentSelect } from '../../components/department-select.tsx'
import { PersonSelect } from '../../components/person-select.tsx'
import { useSignedIn } from '../../connection/connection-context.tsx'
import type { Reach } from '../../directory/use-reach.ts'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { bulkTexts } from './bulk-texts.ts'
import type { ListedPerson } from './filter-people.ts'
import type { BulkUpdate } from './use-bulk-update.ts'

/** Of those who are listed by name. */
const NAMED = 5

interface BulkActionsProps {
  readonly people: readonly ListedPerson[]
  readonly reach: Reach
  readonly bulk: BulkUpdate
  readonly onClear: () => void
}

/** What can be done with everybody who is selected. */
export const BulkActions = ({ bulk, onClear, people, reach }: BulkActionsProps) => {
  const t = useTexts(bulkTexts)
  const language = useLanguage()
  const { modal } = App.useApp()
  const { token } = theme.useToken()
  const [asked, setAsked] = useState<'move' | 'manager'>()
  const { employeeId: self } = useSignedIn()
  const count = people.length
  const number = formatNumber(count, language)
  const disable = (): void => {
    const isSelf = (person: ListedPerson): boolean => person.employee_id === self
    const named = people.length > NAMED ? people.filter(isSelf) : people
    void modal.confirm({
      title: t('disableAsk', { count, number }),
      content: (
        <Flex vertical gap={8}>
          {named.length > 0 && (
            <ul style={{ margin: 0, paddingInlineStart: 18, overflowWrap: 'anywhere' }}>
              {named.map((person) => (
                <li key={person.employee_id}>{isSelf(person) ? t('you', { name: person.name }) : person.name}</li>
              ))}
            </ul>
          )}
          {people.some(isSelf) && <Alert type="warning" showIcon title={t('disableSelf')} />}
          <span>{t('disableAbout')}</span>
        </Flex>
      ),
      okText: t('disable'),
      cancelText: t('cancel'),
      okButtonProps: { danger: true },
      onOk: () => bulk.begin(t('disable'), people, { status: 'disabled' }),
    })
  }
  return (
    <Flex
      gap={8}
      wrap
      align="center"
      role="toolbar"
      style={{ padding: '8px 12px', borderRadius: token.borderRadius, background: token.colorPrimaryBg }}
    >
      <Typography.Text strong>{t('selected', { count, number })}</Typography.Text>
      <Button size="small" onClick={() => setAsked('move')}>
        {t('move')}
      </Button>
      <Button size="small" onClick={() => setAsked('manager')}>
        {t('manager')}
      </Button>
      <Button size="small" danger onClick={disable}>
        {t('disable')}
      </Button>
      <Button size="small" type="link" onClick={onClear}>
        {t('clear')}
      </Button>
      {asked === 'move' && (
        <MoveDialog
          reach={reach}
          onClose={() => setAsked(undefined)}
          onChosen={(department_id) => bulk.begin(t('move'), people, { department_id })}
        />
      )}
      {asked === 'manager' && (
        <ManagerDialog
          except={people.map(({ employee_id }) => employee_id)}
          onClose={() => setAsked(undefined)}
          onChosen={(manager_id) => bulk.begin(t('manager'), people, { manager_id })}
        />
      )}
    </Flex>
  )
}

interface DialogProps {
  readonly onClose: () => void
  readonly onChosen: (id: string | null) => void
}

const MoveDialog = ({ onChosen, onClose, reach }: DialogProps & { readonly reach: Reach }) => {
  const t = useTexts(bulkTexts)
  const [departmentId, setDepartmentId] = useState<string | null>(null)
  return (
    <Modal
      open
      title={t('moveTitle')}
      okText={t('apply')}
      cancelText={t('cancel')}
      okButtonProps={{ disabled: departmentId === null }}
      onCancel={onClose}
      onOk={() => {
        onClose()
        onChosen(departmentId)
      }}
    >
      <DepartmentSelect
        aria-label={t('department')}
        value={departmentId}
        onChange={setDepartmentId}
        isDisabled={(id) => !reach.place(id)}
      />
    </Modal>
  )
}

const ManagerDialog = ({ except, onChosen, onClose }: DialogProps & { readonly except: readonly string[] }) => {
  const t = useTexts(bulkTexts)
  const [managerId, setManagerId] = useState<string>()
  return (
    <Modal
      open
      title={t('managerTitle')}
      okText={t('apply')}
      cancelText={t('cancel')}
      onCancel={onClose}
      onOk={() => {
        onClose()
        onChosen(managerId ?? null)
      }}
    >
      <PersonSelect
        aria-label={t('managerLabel')}
        only="people"
        allowClear
        except={except}
        placeholder={t('noManager')}
        value={managerId ?? null}
        onChange={setManagerId}
      />
    </Modal>
  )
}
