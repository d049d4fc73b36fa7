import { PlusOutlined } from '@ant-design/icons'
import { App, Button, Card, Flex, Tree, type TreeProps, theme } from 'antd'
import { type Key, useMemo, useRef, useState } from 'react'
import { canMoveInto } from '../../directory/department-moves.ts'
import type { Directory, DirectoryDepartment } from '../../directory/directory.ts'
import type { Reach } from '../../directory/use-reach.ts'
import { useTexts } from '../../language/language.ts'
import { DepartmentForm, type DepartmentTask } from './department-form.tsx'
import { departmentTexts } from './department-texts.ts'
import { DepartmentTitle } from './department-title.tsx'
import { NO_DEPARTMENT } from './filter-people.ts'
import { MoveDepartment } from './move-department.tsx'
import { useDepartmentMove } from './use-department-move.ts'

/** Stands for the whole organisation; no department has such an id. */
const EVERYBODY = '.all'

interface DepartmentTreeProps {
  readonly directory: Directory
  readonly reach: Reach
  /** null: everybody. */
  readonly selected: string | null
  readonly onSelect: (departmentId: string | null) => void
  readonly onDropPeople: (employeeIds: readonly string[], departmentId: string) => void
  readonly height: number
}

interface Node {
  readonly key: string
  readonly department: DirectoryDepartment | undefined
  readonly count: number
  readonly disabled?: boolean
  readonly children: Node[]
}

const nodesIn = (directory: Directory, parentId: string | null): Node[] =>
  directory.departmentsIn(parentId).map((department) => ({
    key: department.department_id,
    department,
    count: directory.countWithin(department.department_id),
    children: nodesIn(directory, department.department_id),
  }))

/** The departments, to choose one and to put them where they belong. */
export const DepartmentTree = (props: DepartmentTreeProps) => {
  const { directory, height, onDropPeople, onSelect, reach, selected } = props
  const t = useTexts(departmentTexts)
  const { message } = App.useApp()
  const [task, setTask] = useState<DepartmentTask>()
  const [moving, setMoving] = useState<DirectoryDepartment>()
  const [opened, setOpened] = useState<readonly string[]>()
  const dragged = useRef<string>(undefined)
  // Which one a department is held over the middle of, to be dropped into it.
  const [into, setInto] = useState<string>()
  const move = useDepartmentMove(directory)
  const nodes = useMemo(() => rootsOf(directory), [directory])
  // What is chosen can be seen, from the beginning.
  const path = directory.pathOf(selected).map(({ department_id }) => department_id)
  const expanded = opened ?? [EVERYBODY, ...topOf(directory), ...path.slice(0, -1)]

  const isAllowed = (dragged: string, parentId: string | null): boolean =>
    reach.place(parentId) && canMoveInto(directory, dragged, parentId)
  /** What comes into it can be seen, and nothing that was open closes. */
  const open = (parentId: string | null): void =>
    setOpened([...new Set([...expanded, ...(parentId === null ? [] : [parentId])])])
  const moveInto = (departmentId: string, parentId: string | null): void => {
    void move(departmentId, parentId, directory.departmentsIn(parentId).length)
    open(parentId)
  }
  const onDrop: TreeProps<Node>['onDrop'] = ({ dragNode, dropPosition, dropToGap, node }) => {
    // Before, on or after the node it was dropped at.
    const side = dropPosition - Number(node.pos.split('-').at(-1))
    const target = node.department
    const isInto = !dropToGap || target === undefined
    const parentId = isInto ? (target?.department_id ?? null) : target.parent_id
    if (!isAllowed(dragNode.key, parentId)) return void message.warning(t('dropRefused'))
    const others = directory.departmentsIn(parentId).filter(({ department_id }) => department_id !== dragNode.key)
    const at = others.findIndex(({ department_id }) => department_id === node.key)
    if (isInto && node.expanded !== true) moveInto(dragNode.key, parentId)
    else void move(dragNode.key, parentId, isInto ? 0 : at + (side > 0 ? 1 : 0))
  }

  return (
    <Card
      size="small"
      title={t('title')}
      styles={{ body: { padding: 8 } }}
      extra={
        reach.any && (
          <Button
            type="text"
            size="small"
            icon={<PlusOutlined aria-hidden />}
            aria-label={t('add')}
            aria-haspopup="dialog"
            title={t('add')}
            onClick={() => setTask({ kind: 'create', parentId: selectedParent(directory, reach, selected) })}
          />
        )
      }
    >
      <Tree<Node>
        aria-label={t('title')}
        blockNode
        virtual
        height={height}
        itemHeight={32}
        treeData={nodes}
        selectedKeys={[selected ?? EVERYBODY]}
        onSelect={(_, { node }) => onSelect(node.key === EVERYBODY ? null : node.key)}
        expandedKeys={expanded as Key[]}
        onExpand={(keys) => setOpened(keys as string[])}
        draggable={{
          icon: false,
          nodeDraggable: (node) => {
            const { department } = node as unknown as Node
            return department !== undefined && reach.place(department.department_id)
          },
        }}
        allowDrop={({ dragNode, dropNode, dropPosition }) => {
          const target = dropNode.department
          if (dropNode.key === NO_DEPARTMENT) return false
          if (target === undefined) return dropPosition === 0 && isAllowed(dragNode.key, null)
          return isAllowed(dragNode.key, dropPosition === 0 ? target.department_id : target.parent_id)
        }}
        onDragStart={({ node }) => {
          dragged.current = node.key
        }}
        onDragEnd={() => {
          dragged.current = undefined
          setInto(undefined)
        }}
        onDrop={onDrop}
        dropIndicatorRender={(place) => (into === undefined ? <DropLine {...place} /> : null)}
        styles={{ itemTitle: { flex: 1, minWidth: 0 } }}
        titleRender={(node) => (
          <DepartmentTitle
            name={node.department?.name ?? t(node.key === NO_DEPARTMENT ? 'noDepartment' : 'everybody')}
            count={node.count}
            isManaged={node.department !== undefined && reach.place(node.department.department_id)}
            {...(node.department === undefined ? {} : { department: node.department })}
            directory={directory}
            reach={reach}
            isInto={into === node.key}
            onInto={(isOver) => setInto(isOver ? node.key : undefined)}
            isTakenInto={() =>
              node.key !== NO_DEPARTMENT &&
              dragged.current !== undefined &&
              dragged.current !== node.key &&
              isAllowed(dragged.current, node.department?.department_id ?? null)
            }
            onDropInto={() => {
              const id = dragged.current
              if (id !== undefined) moveInto(id, node.department?.department_id ?? null)
            }}
            onTask={setTask}
            onMoveTo={setMoving}
            onMove={(parentId, index) => void move(node.key, parentId, index)}
            onDropPeople={onDropPeople}
            onRemoved={() => node.key === selected && onSelect(null)}
          />
        )}
      />
      {directory.departments.size === 0 && <Flex style={{ padding: 12 }}>{t('empty')}</Flex>}
      <DepartmentForm
        task={task}
        isParentAllowed={(id) => reach.place(id)}
        onAdded={open}
        onClose={() => setTask(undefined)}
      />
      {moving !== undefined && (
        <MoveDepartment
          department={moving}
          directory={directory}
          reach={reach}
          onMove={(parentId) => move(moving.department_id, parentId, directory.departmentsIn(parentId).length)}
          onClose={() => setMoving(undefined)}
        />
      )}
    </Card>
  )
}

interface DropPlace {
  readonly dropPosition: -1 | 0 | 1
  readonly dropLevelOffset: number
  readonly indent: number
}

const DropLine = ({ dropLevelOffset, dropPosition, indent }: DropPlace) => {
  const { token } = theme.useToken()
  return (
    <div
      style={{
        position: 'absolute',
        pointerEvents: 'none',
        height: 2,
        background: token.colorPrimary,
        insetInlineStart: dropPosition === 0 ? indent : -dropLevelOffset * indent,
        insetInlineEnd: 0,
        ...(dropPosition === -1 ? { top: 0 } : { bottom: 0 }),
      }}
    />
  )
}

const rootsOf = (directory: Directory): Node[] => {
  const everybody = { key: EVERYBODY, department: undefined, count: directory.people.length }
  const nowhere = directory.countIn(null)
  const rest: Node = { key: NO_DEPARTMENT, department: undefined, count: nowhere, children: [] }
  return [{ ...everybody, children: [...nodesIn(directory, null), ...(nowhere > 0 ? [rest] : [])] }]
}

/** A single company at the top is opened by itself. */
const topOf = (directory: Directory): readonly string[] => {
  const [top, ...others] = directory.departmentsIn(null)
  return top !== undefined && others.length === 0 ? [top.department_id] : []
}

const selectedParent = (directory: Directory, reach: Reach, selected: string | null): string | null =>
  selected !== null && directory.departments.has(selected) && reach.place(selected) ? selected : null
