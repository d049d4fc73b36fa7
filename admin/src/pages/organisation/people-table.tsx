import { Table, type TableProps, Typography } from 'antd'
import { type DragEvent, type ReactNode, useMemo } from 'react'
import { Link } from 'react-router'
import { PersonName } from '../../components/person-name.tsx'
import { useFreeHeight } from '../../components/use-free-height.ts'
import type { Directory } from '../../directory/directory.ts'
import type { Reach } from '../../directory/use-reach.ts'
import { useTexts } from '../../language/language.ts'
import { beginDragPeople } from './drag-people.ts'
import type { ListedPerson, PeopleFilter, Sort } from './filter-people.ts'
import styles from './people-table.module.css'
import { organisationTexts } from './texts.ts'

interface PeopleTableProps {
  readonly people: readonly ListedPerson[]
  readonly directory: Directory
  readonly reach: Reach
  readonly filter: PeopleFilter
  readonly onFilter: (change: Partial<PeopleFilter>) => void
  readonly selected: readonly string[]
  readonly onSelect: (ids: readonly string[]) => void
  readonly isLoading: boolean
  /** Instead of rows, when there are none. */
  readonly empty: ReactNode
}

/** Only the rows that are seen are in the page. */
export const PeopleTable = (props: PeopleTableProps) => {
  const { directory, empty, filter, isLoading, onFilter, onSelect, people, reach, selected } = props
  const t = useTexts(organisationTexts)
  const [ref, height] = useFreeHeight(280)
  const columns = useColumns(directory, filter)
  const dragged = (person: ListedPerson): readonly string[] =>
    selected.includes(person.employee_id) ? selected : [person.employee_id]
  // Asked for each of twenty thousand, whenever it is another function: a text is put together once, and not each time.
  const getCheckboxProps = useMemo(() => {
    const [before = '', after = ''] = t('select', { name: '\0' }).split('\0')
    return (person: ListedPerson) =>
      ({ disabled: !reach.person(person), 'aria-label': `${before}${person.name}${after}` }) as object
  }, [reach, t])
  const rowSelection: TableProps<ListedPerson>['rowSelection'] = {
    selectedRowKeys: selected as string[],
    onChange: (keys) => onSelect(keys as string[]),
    columnWidth: 44,
    getCheckboxProps,
    getTitleCheckboxProps: () => ({ 'aria-label': t('selectAll') }) as object,
  }
  return (
    <section ref={ref} aria-label={t('list')} aria-busy={isLoading}>
      <Table<ListedPerson>
        virtual
        rowKey="employee_id"
        size="small"
        dataSource={people as ListedPerson[]}
        columns={columns}
        loading={isLoading}
        pagination={false}
        showSorterTooltip={false}
        locale={{ emptyText: empty }}
        scroll={{ x: 690, y: Math.max(180, height - 56) }}
        {...(reach.any ? { rowSelection } : {})}
        onRow={(person) =>
          reach.person(person)
            ? { draggable: true, onDragStart: (event: DragEvent) => beginDragPeople(event, dragged(person)) }
            : {}
        }
        onChange={(_pages, _filters, sorter) => {
          const { columnKey, order } = Array.isArray(sorter) ? (sorter[0] ?? {}) : sorter
          onFilter(
            order === undefined || order === null
              ? { sort: 'name', isDescending: false }
              : { sort: columnKey as Sort, isDescending: order === 'descend' },
          )
        }}
      />
    </section>
  )
}

const useColumns = (
  directory: Directory,
  { isDescending, sort }: PeopleFilter,
): TableProps<ListedPerson>['columns'] => {
  const t = useTexts(organisationTexts)
  return useMemo(() => {
    const sortable = (key: Sort) => ({
      key,
      sorter: true,
      sortOrder: sort === key ? (isDescending ? ('descend' as const) : ('ascend' as const)) : null,
    })
    return [
      {
        title: t('name'),
        ...sortable('name'),
        width: 215,
        render: (_: unknown, person: ListedPerson) => <PersonName person={person} hasPresence />,
      },
      {
        title: t('department'),
        ...sortable('department'),
        width: 150,
        ellipsis: true,
        render: (_: unknown, { department_id }: ListedPerson) => {
          const path = directory.pathOf(department_id)
          const department = path.at(-1)
          if (department === undefined) return <Typography.Text type="secondary">–</Typography.Text>
          return <span title={path.map(({ name }) => name).join(' / ')}>{department.name}</span>
        },
      },
      {
        title: t('manager'),
        ...sortable('manager'),
        width: 125,
        ellipsis: true,
        render: (_: unknown, { manager_id }: ListedPerson) => {
          if (manager_id === null) return <Typography.Text type="secondary">–</Typography.Text>
          return (
            <Link to={`/console/people/${encodeURIComponent(manager_id)}`}>
              {directory.person(manager_id)?.name ?? manager_id}
            </Link>
          )
        },
      },
      {
        title: t('skills'),
        key: 'skills',
        width: 156,
        render: (_: unknown, { skills_badge }: ListedPerson) => <Skills skills={skills_badge} />,
      },
    ]
  }, [directory, isDescending, sort, t])
}

const SHOWN = 2

const Skills = ({ skills }: { readonly skills: readonly string[] }) => (
  <span className={styles.skills} title={skills.join(', ')}>
    {skills.slice(0, SHOWN).map((skill) => (
      <span key={skill} className={styles.skill}>
        {skill}
      </span>
    ))}
    {skills.length > SHOWN && <span className={styles.more}>+{skills.length - SHOWN}</span>}
  </span>
)
