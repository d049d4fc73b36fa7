import { Modal, Typography } from 'antd'
import { useState } from 'react'
import { DepartmentSelect } from '../../components/department-select.tsx'
import { canMoveInto } from '../../directory/department-moves.ts'
import type { Directory, DirectoryDepartment } from '../../directory/directory.ts'
import type { Reach } from '../../directory/use-reach.ts'
import { useTexts } from '../../language/language.ts'
import { departmentTexts } from './department-texts.ts'

interface MoveDepartmentProps {
  readonly department: DirectoryDepartment
  readonly directory: Directory
  readonly reach: Reach
  readonly onMove: (parentId: string | null) => Promise<void>
  readonly onClose: () => void
}

/** The same as dragging it, without a mouse. */
export const MoveDepartment = ({ department, directory, onClose, onMove, reach }: MoveDepartmentProps) => {
  const t = useTexts(departmentTexts)
  const [parentId, setParentId] = useState(department.parent_id)
  const [isBusy, setBusy] = useState(false)
  const isRefused = (id: string): boolean => !reach.place(id) || !canMoveInto(directory, department.department_id, id)
  const move = async (): Promise<void> => {
    setBusy(true)
    await onMove(parentId)
    onClose()
  }
  return (
    <Modal
      open
      title={t('moveTitle', { name: department.name })}
      okText={t('move')}
      cancelText={t('cancel')}
      confirmLoading={isBusy}
      okButtonProps={{
        disabled: parentId === department.parent_id || (parentId === null ? !reach.place(null) : isRefused(parentId)),
      }}
      onOk={() => void move()}
      onCancel={onClose}
    >
      <Typography.Paragraph type="secondary">{t('moveAbout')}</Typography.Paragraph>
      <DepartmentSelect
        aria-label={t('parent')}
        value={parentId}
        onChange={setParentId}
        placeholder={t('top')}
        isDisabled={isRefused}
      />
    </Modal>
  )
}
