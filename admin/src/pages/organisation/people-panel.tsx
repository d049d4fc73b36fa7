import { ApartmentOutlined } from '@ant-design/icons'
import { Button, Card, Drawer, Flex, Grid, Typography } from 'antd'
import { useDeferredValue, useMemo, useState } from 'react'
import { useWholeEmployeeList } from '../../calls/employee-list.ts'
import { Failed, Nothing } from '../../components/page-states.tsx'
import { useFreeHeight } from '../../components/use-free-height.ts'
import type { Directory } from '../../directory/directory.ts'
import type { Reach } from '../../directory/use-reach.ts'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { BulkActions } from './bulk-actions.tsx'
import { BulkProgress } from './bulk-progress.tsx'
import { bulkTexts } from './bulk-texts.ts'
import { departmentTexts } from './department-texts.ts'
import { DepartmentTree } from './department-tree.tsx'
import { filterPeople, type ListedPerson, NO_DEPARTMENT, type PeopleFilter, sortPeople } from './filter-people.ts'
import { PeopleFilters } from './people-filters.tsx'
import { PeopleTable } from './people-table.tsx'
import { organisationTexts } from './texts.ts'
import { useBulkUpdate } from './use-bulk-update.ts'

interface PeoplePanelProps {
  readonly directory: Directory
  readonly reach: Reach
  readonly filter: PeopleFilter
  readonly onFilter: (change: Partial<PeopleFilter>) => void
}

const NOTHING: PeopleFilter = {
  query: '',
  departmentId: null,
  isDirect: false,
  kind: 'all',
  status: 'active',
  role: undefined,
  sort: 'name',
  isDescending: false,
}

/** Departments on the left, and the people of the one that is chosen. On a phone the departments are behind a button. */
export const PeoplePanel = ({ directory, filter, onFilter, reach }: PeoplePanelProps) => {
  const t = useTexts(organisationTexts)
  const isWide = Grid.useBreakpoint().md === true
  const [selectedIds, setSelectedIds] = useState<readonly string[]>([])
  const bulk = useBulkUpdate()
  const bulkText = useTexts(bulkTexts)
  const { failed, isLoading, people, view } = usePeople(directory, filter)
  const selectedPeople = useMemo(() => {
    const ids = new Set(selectedIds)
    return people.filter(({ employee_id }) => ids.has(employee_id))
  }, [people, selectedIds])

  const dropPeople = (ids: readonly string[], department_id: string): void => {
    const dropped = ids.flatMap((id) => directory.person(id) ?? [])
    bulk.begin(
      bulkText('move'),
      dropped.filter((person) => person.department_id !== department_id && reach.person(person)),
      { department_id },
    )
  }
  const hasFilter =
    filter.query !== '' || filter.kind !== 'all' || filter.status !== 'active' || filter.role !== undefined
  return (
    <Flex gap={16} align="flex-start" vertical={!isWide}>
      <Departments
        isWide={isWide}
        directory={directory}
        reach={reach}
        selected={filter.departmentId}
        onSelect={(departmentId) => {
          setSelectedIds([])
          onFilter({ departmentId })
        }}
        onDropPeople={dropPeople}
      />
      <Card
        size="small"
        style={{ flex: 1, minWidth: 0, width: '100%' }}
        styles={{ body: { padding: isWide ? 16 : 12 } }}
      >
        <Flex vertical gap={12}>
          <PeopleFilters
            filter={filter}
            onFilter={onFilter}
            hasDepartment={directory.departments.has(filter.departmentId ?? '')}
          />
          {selectedPeople.length > 0 ? (
            <BulkActions people={selectedPeople} reach={reach} bulk={bulk} onClear={() => setSelectedIds([])} />
          ) : (
            <Shown people={people} />
          )}
          {failed !== undefined ? (
            <Failed error={failed.error} onAgain={() => void failed.refetch()} />
          ) : (
            <PeopleTable
              people={people}
              directory={directory}
              reach={reach}
              filter={filter}
              view={view}
              onFilter={onFilter}
              selected={selectedIds}
              onSelect={setSelectedIds}
              isLoading={isLoading}
              empty={
                <Nothing
                  text={t(hasFilter ? 'nobody' : 'nobodyHere')}
                  action={
                    hasFilter && (
                      <Button onClick={() => onFilter({ ...NOTHING, departmentId: filter.departmentId })}>
                        {t('clear')}
                      </Button>
                    )
                  }
                />
              }
            />
          )}
        </Flex>
      </Card>
      <BulkProgress bulk={bulk} />
    </Flex>
  )
}

const Shown = ({ people }: { readonly people: readonly ListedPerson[] }) => {
  const t = useTexts(organisationTexts)
  const language = useLanguage()
  const agents = useMemo(() => people.filter(({ is_ai_agent }) => is_ai_agent).length, [people])
  const count = people.length - agents
  return (
    <Typography.Text type="secondary" aria-live="polite">
      {t('shown', { count, number: formatNumber(count, language) })}
      {agents > 0 && t('shownAgents', { count: agents, number: formatNumber(agents, language) })}
    </Typography.Text>
  )
}

interface PeopleShown {
  readonly people: readonly ListedPerson[]
  readonly isLoading: boolean
  /** Which filter that is. */
  readonly view: string
  /** What is needed beside the directory has not come. */
  readonly failed: { readonly error: unknown; refetch(): unknown } | undefined
}

/** Whom the filter lets through. Those who are disabled are not in the directory, and are asked for when they are wanted. */
const usePeople = (directory: Directory, wanted: PeopleFilter): PeopleShown => {
  const language = useLanguage()
  // Typing goes on while twenty thousand are looked through.
  const filter = useDeferredValue(wanted)
  const { role, status } = filter
  const disabled = useWholeEmployeeList(status === 'active' ? undefined : { status: 'disabled' })
  const holders = useWholeEmployeeList(role === undefined ? undefined : { role, include_disabled: true })
  const all = useMemo((): readonly ListedPerson[] => {
    if (status === 'active') return directory.people
    return status === 'disabled' ? (disabled.data ?? []) : [...directory.people, ...(disabled.data ?? [])]
  }, [directory, disabled.data, status])
  const { isDescending, sort } = filter
  const sorted = useMemo(
    () => sortPeople(directory, all, { isDescending, sort }, language),
    [all, directory, isDescending, language, sort],
  )
  const people = useMemo(() => {
    const ids = role === undefined ? undefined : new Set(holders.data?.map(({ employee_id }) => employee_id))
    return filterPeople(directory, sorted, filter, ids)
  }, [directory, filter, holders.data, role, sorted])
  return {
    people,
    view: JSON.stringify(filter),
    failed: [disabled, holders].find(({ data, error }) => error !== null && data === undefined),
    isLoading: (status !== 'active' && disabled.isPending) || (role !== undefined && holders.isPending),
  }
}

interface DepartmentsProps extends Omit<Parameters<typeof DepartmentTree>[0], 'height'> {
  readonly isWide: boolean
}

const Departments = ({ isWide, ...tree }: DepartmentsProps) => {
  const t = useTexts(departmentTexts)
  const [isOpen, setOpen] = useState(false)
  const [ref, height] = useFreeHeight(280)
  if (isWide) {
    return (
      <div ref={ref} style={{ width: 264, flexShrink: 0 }}>
        <DepartmentTree {...tree} height={height - 60} />
      </div>
    )
  }
  const chosen =
    tree.selected === NO_DEPARTMENT ? t('noDepartment') : tree.directory.departments.get(tree.selected ?? '')?.name
  return (
    <>
      <Button
        icon={<ApartmentOutlined aria-hidden />}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
        title={chosen ?? t('everybody')}
        style={{ maxWidth: '100%' }}
      >
        <span style={{ overflow: 'hidden', textOverflow: 'ellipsis' }}>{chosen ?? t('everybody')}</span>
      </Button>
      <Drawer
        open={isOpen}
        onClose={() => setOpen(false)}
        placement="left"
        size={340}
        title={t('title')}
        styles={{ body: { padding: 8 } }}
      >
        <DepartmentTree
          {...tree}
          height={480}
          onSelect={(departmentId) => {
            tree.onSelect(departmentId)
            setOpen(false)
          }}
        />
      </Drawer>
    </>
  )
}
