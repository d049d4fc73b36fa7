import { MoreOutlined } from '@ant-design/icons'
import { App, Button, Dropdown, Flex, type MenuProps, Typography, theme } from 'antd'
import { type DragEvent, useState } from 'react'
import { useDepartmentDelete } from '../../calls/department-delete.ts'
import { useAttempt } from '../../components/use-attempt.ts'
import type { Directory, DirectoryDepartment } from '../../directory/directory.ts'
import type { Reach } from '../../directory/use-reach.ts'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import type { DepartmentTask } from './department-form.tsx'
import { departmentTexts } from './department-texts.ts'
import { droppedPeople, hasPeople } from './drag-people.ts'

interface DepartmentTitleProps {
  readonly name: string
  readonly count: number
  /** undefined: everybody, or those in none. */
  readonly department?: DirectoryDepartment
  readonly isManaged: boolean
  readonly directory: Directory
  readonly reach: Reach
  /** A department is held over it. */
  readonly isInto: boolean
  readonly onInto: (isOver: boolean) => void
  readonly isTakenInto: () => boolean
  readonly onDropInto: () => void
  readonly onTask: (task: DepartmentTask) => void
  readonly onMoveTo: (department: DirectoryDepartment) => void
  readonly onMove: (parentId: string | null, index: number) => void
  readonly onDropPeople: (employeeIds: readonly string[], departmentId: string) => void
  readonly onRemoved: () => void
}

/** One line of the tree: what it is called, how many there are, and what can be done with it. */
export const DepartmentTitle = (props: DepartmentTitleProps) => {
  const { count, department, isInto, isManaged, isTakenInto, name, onDropInto, onDropPeople, onInto } = props
  const t = useTexts(departmentTexts)
  const language = useLanguage()
  const { token } = theme.useToken()
  const [isOver, setOver] = useState(false)
  const takes = (event: DragEvent): boolean => isManaged && department !== undefined && hasPeople(event)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: people are moved by the list, too, without a mouse
    <span
      style={{
        display: 'flex',
        alignItems: 'center',
        gap: 6,
        // As wide as there is room, and no wider: a long name is cut.
        width: 0,
        minWidth: '100%',
        borderRadius: token.borderRadiusSM,
        outline: isOver || isInto ? `2px solid ${token.colorPrimary}` : 'none',
      }}
      onDragOver={(event) => {
        if (isTakenInto() && isInMiddle(event)) {
          // The tree has only places between departments for what comes straight from above or below.
          event.preventDefault()
          event.stopPropagation()
          if (!isInto) onInto(true)
          return
        }
        if (isInto) onInto(false)
        if (!takes(event)) return
        event.preventDefault()
        event.dataTransfer.dropEffect = 'move'
        setOver(true)
      }}
      onDragLeave={() => {
        setOver(false)
        if (isInto) onInto(false)
      }}
      onDrop={(event) => {
        setOver(false)
        if (isInto) {
          event.preventDefault()
          event.stopPropagation()
          onInto(false)
          onDropInto()
          return
        }
        if (!takes(event) || department === undefined) return
        event.preventDefault()
        event.stopPropagation()
        onDropPeople(droppedPeople(event), department.department_id)
      }}
    >
      <Typography.Text ellipsis={{ tooltip: { title: name, placement: 'right' } }} style={{ flex: 1, minWidth: 0 }}>
        {name}
      </Typography.Text>
      <Typography.Text
        type="secondary"
        style={{ fontSize: 12 }}
        title={t('count', { count, number: formatNumber(count, language) })}
      >
        {formatNumber(count, language)}
      </Typography.Text>
      {department !== undefined && isManaged ? (
        <DepartmentMenu {...props} department={department} />
      ) : (
        <Flex style={{ width: 24 }} />
      )}
    </span>
  )
}

/** Above and below it is the place between two. */
const isInMiddle = ({ clientY, currentTarget }: DragEvent): boolean => {
  const { height, top } = currentTarget.getBoundingClientRect()
  return Math.abs(clientY - top - height / 2) < height * 0.3
}

type DepartmentMenuProps = DepartmentTitleProps & { readonly department: DirectoryDepartment }

const DepartmentMenu = ({ department, directory, onMove, onMoveTo, onRemoved, onTask, reach }: DepartmentMenuProps) => {
  const t = useTexts(departmentTexts)
  const { modal } = App.useApp()
  const remove = useDepartmentDelete()
  const attempt = useAttempt()
  const { department_id, name, parent_id } = department
  const siblings = directory.departmentsIn(parent_id)
  const at = siblings.indexOf(department)
  const isEmpty = directory.countIn(department_id) === 0 && directory.departmentsIn(department_id).length === 0

  const ask = (): void => {
    if (!isEmpty) {
      void modal.info({ title: t('notEmptyTitle', { name }), content: t('notEmpty'), okText: t('understood') })
      return
    }
    void modal.confirm({
      title: t('removeAsk', { name }),
      content: t('removeAbout'),
      okText: t('remove'),
      cancelText: t('cancel'),
      okButtonProps: { danger: true },
      onOk: async () => {
        const removed = await attempt(() => remove.mutateAsync({ department_id }), t('removed'))
        if (removed !== undefined) onRemoved()
      },
    })
  }
  const items: MenuProps['items'] = [
    { key: 'add', label: t('addBelow'), onClick: () => onTask({ kind: 'create', parentId: department_id }) },
    { key: 'rename', label: t('rename'), onClick: () => onTask({ kind: 'rename', department }) },
    ...(reach.place(parent_id)
      ? [
          { type: 'divider' as const },
          { key: 'move', label: t('moveTo'), onClick: () => onMoveTo(department) },
          { key: 'up', label: t('moveUp'), disabled: at <= 0, onClick: () => onMove(parent_id, at - 1) },
          {
            key: 'down',
            label: t('moveDown'),
            disabled: at === siblings.length - 1,
            onClick: () => onMove(parent_id, at + 1),
          },
        ]
      : []),
    { type: 'divider' as const },
    { key: 'remove', label: t('remove'), danger: true, onClick: ask },
  ]
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keeps what is done in the menu from choosing the department
    <span onClick={(event) => event.stopPropagation()} onKeyDown={(event) => event.stopPropagation()}>
      <Dropdown trigger={['click']} menu={{ items }}>
        <Button type="text" size="small" icon={<MoreOutlined aria-hidden />} aria-label={t('menuOf', { name })} />
      </Dropdown>
    </span>
  )
}
