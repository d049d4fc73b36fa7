import { Form, Modal, Select } from 'antd'
import { useDeferredValue, useState } from 'react'
import { useNavigate } from 'react-router'
import { useGroupList } from '../../calls/group-list.ts'
import { PersonSelect } from '../../components/person-select.tsx'
import { useTexts } from '../../language/language.ts'
import type { Place } from './conversation.ts'
import { playgroundTexts } from './texts.ts'

export const StartConversation = ({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) => {
  const t = useTexts(playgroundTexts)
  const navigate = useNavigate()
  const go = ({ id, type }: Place): void => {
    onClose()
    void navigate(`/console/playground/${type}/${encodeURIComponent(id)}`)
  }
  return (
    <Modal open={isOpen} title={t('start')} footer={null} onCancel={onClose} destroyOnHidden>
      <Form layout="vertical" style={{ marginTop: 16 }}>
        <Form.Item label={t('withPerson')} htmlFor="start-person">
          <PersonSelect id="start-person" onChange={(id) => id !== undefined && go({ type: 'private', id })} />
        </Form.Item>
        <Form.Item label={t('withGroup')} htmlFor="start-group" style={{ marginBottom: 8 }}>
          <GroupSelect id="start-group" onChosen={(id) => go({ type: 'group', id })} />
        </Form.Item>
      </Form>
    </Modal>
  )
}

const GroupSelect = ({ id, onChosen }: { readonly id: string; readonly onChosen: (groupId: string) => void }) => {
  const t = useTexts(playgroundTexts)
  const [typed, setTyped] = useState('')
  const query = useDeferredValue(typed.trim())
  const { entries, isFetching } = useGroupList({ limit: 50, ...(query === '' ? {} : { query }) })
  return (
    <Select<string | null>
      id={id}
      value={null}
      placeholder={t('chooseGroup')}
      showSearch={{ filterOption: false, onSearch: setTyped, searchValue: typed }}
      loading={isFetching}
      onChange={(groupId) => groupId !== null && onChosen(groupId)}
      options={entries.map(({ group_id, name }) => ({ value: group_id, label: `${name} (${group_id})` }))}
      notFoundContent={t('noGroup')}
      style={{ width: '100%' }}
    />
  )
}
