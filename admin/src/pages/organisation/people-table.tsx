import { type DragEvent, type ReactNode, useCallback, useMemo } from 'react'
import { PersonLink, PersonName } from '../../components/person-name.tsx'
import { useFreeHeight } from '../../components/use-free-height.ts'
import type { VirtualColumn } from '../../components/virtual-columns.ts'
import { VirtualTable } from '../../components/virtual-table.tsx'
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
  /** Says what is shown and in which order. */
  readonly view: string
  readonly onFilter: (change: Partial<PeopleFilter>) => void
  readonly selected: readonly string[]
  readonly onSelect: (ids: readonly string[]) => void
  readonly isLoading: boolean
  /** Instead of rows, when there are none. */
  readonly empty: ReactNode
}

/** Two lines, and room around them. */
const ROW_HEIGHT = 52

/** Only the rows that are seen are in the page. */
export const PeopleTable = (props: PeopleTableProps) => {
  const { directory, empty, filter, isLoading, onFilter, onSelect, people, reach, selected, view } = props
  const t = useTexts(organisationTexts)
  const [ref, height] = useFreeHeight(280)
  const columns = useColumns(directory)
  const labelOf = useCallback(({ name }: ListedPerson) => t('select', { name }), [t])
  const dragged = (person: ListedPerson): readonly string[] =>
    selected.includes(person.employee_id) ? selected : [person.employee_id]
  return (
    <div ref={ref}>
      <VirtualTable<ListedPerson>
        label={t('list')}
        rows={people}
        rowKey="employee_id"
        columns={columns}
        width={690}
        height={Math.max(236, height)}
        rowHeight={ROW_HEIGHT}
        isLoading={isLoading}
        empty={empty}
        view={view}
        sort={{ key: filter.sort, isDescending: filter.isDescending }}
        onSort={(sort) =>
          onFilter(
            sort === undefined
              ? { sort: 'name', isDescending: false }
              : { sort: sort.key as Sort, isDescending: sort.isDescending },
          )
        }
        selection={
          reach.any ? { selected, onSelect, isSelectable: reach.person, labelOf, allLabel: t('selectAll') } : undefined
        }
        dragOf={(person) =>
          reach.person(person) ? (event: DragEvent) => beginDragPeople(event, dragged(person)) : undefined
        }
      />
    </div>
  )
}

const useColumns = (directory: Directory): readonly VirtualColumn<ListedPerson>[] => {
  const t = useTexts(organisationTexts)
  return useMemo(
    () => [
      {
        key: 'name',
        title: t('name'),
        isSortable: true,
        width: 215,
        render: (person) => <PersonName person={person} hasPresence />,
      },
      {
        key: 'department',
        title: t('department'),
        isSortable: true,
        width: 150,
        isCut: true,
        render: ({ department_id }) => {
          const path = directory.pathOf(department_id)
          const department = path.at(-1)
          if (department === undefined) return <span className={styles.nothing}>–</span>
          return <span title={path.map(({ name }) => name).join(' / ')}>{department.name}</span>
        },
      },
      {
        key: 'manager',
        title: t('manager'),
        isSortable: true,
        width: 125,
        isCut: true,
        render: ({ manager_id }) => {
          if (manager_id === null) return <span className={styles.nothing}>–</span>
          return (
            <PersonLink person={{ employee_id: manager_id, name: directory.person(manager_id)?.name ?? manager_id }} />
          )
        },
      },
      {
        key: 'skills',
        title: t('skills'),
        width: 156,
        render: ({ skills_badge }) => <Skills skills={skills_badge} />,
      },
    ],
    [directory, t],
  )
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
