import { PlusOutlined } from '@ant-design/icons'
import type { OutputOf } from '@mchat/sdk'
import { Button, Card, Flex, Grid, Segmented, Tag, Typography } from 'antd'
import { useMemo } from 'react'
import { Link, useSearchParams } from 'react-router'
import { useGroupList } from '../../calls/group-list.ts'
import { useCameFrom } from '../../components/back-link.tsx'
import { Page } from '../../components/page.tsx'
import { Nothing } from '../../components/page-states.tsx'
import { PagedTable } from '../../components/paged-table.tsx'
import { SearchField } from '../../components/search-field.tsx'
import type { VirtualColumn } from '../../components/virtual-columns.ts'
import { usePermissions } from '../../connection/connection-context.tsx'
import { formatNumber, formatTime, type Translate, useLanguage, useTexts } from '../../language/language.ts'
import { CreateGroup } from './create-group.tsx'
import { groupTexts } from './texts.ts'

type GroupEntry = OutputOf<'group.list'>['groups'][number]

export const GroupsPage = () => {
  const t = useTexts(groupTexts)
  const language = useLanguage()
  const permissions = usePermissions()
  const [params, setParams] = useSearchParams()
  const change = (name: string, value: string): void =>
    setParams(
      (before) => {
        if (value === '') before.delete(name)
        else before.set(name, value)
        return before
      },
      { replace: true },
    )
  const seesAll = permissions.has('group.manage')
  const showsAll = seesAll && params.get('show') !== 'own'
  const typed = params.get('q') ?? ''
  const search = (text: string): void => change('q', text)
  const query = typed.trim()
  const groups = useGroupList({ limit: 100, ...(showsAll ? { all: true } : {}), ...(query === '' ? {} : { query }) })
  const isWide = Grid.useBreakpoint().md === true
  const shownColumns = useMemo(() => columns(t, language, isWide), [t, language, isWide])
  const create = permissions.has('group.create') && (
    <Button
      type="primary"
      icon={<PlusOutlined aria-hidden />}
      aria-haspopup="dialog"
      onClick={() => change('create', '1')}
    >
      {t('create')}
    </Button>
  )
  return (
    <Page title={t('title')} about={showsAll ? t('aboutAll') : t('aboutOwn')} actions={create}>
      <Card>
        <Flex gap={12} wrap style={{ marginBottom: 16 }}>
          <SearchField label={t('search')} query={typed} onQuery={search} />
          {seesAll && (
            <Segmented
              value={showsAll ? 'all' : 'own'}
              onChange={(value) => change('show', value === 'own' ? 'own' : '')}
              options={[
                { value: 'all', label: t('all') },
                { value: 'own', label: t('own') },
              ]}
            />
          )}
        </Flex>
        <PagedTable<GroupEntry>
          label={t('title')}
          query={groups}
          rowKey="group_id"
          width={isWide ? 720 : 280}
          rowHeight={60}
          view={`${showsAll} ${query}`}
          empty={
            <Nothing text={query === '' ? t('none') : t('nothingFound', { query })} action={query === '' && create} />
          }
          columns={shownColumns}
        />
      </Card>
      <CreateGroup isOpen={params.has('create')} onClose={() => change('create', '')} />
    </Page>
  )
}

const GroupLink = ({ groupId, name }: { readonly groupId: string; readonly name: string }) => (
  <Link to={`/console/groups/${encodeURIComponent(groupId)}`} state={useCameFrom()}>
    {name}
  </Link>
)

const columns = (
  t: Translate<typeof groupTexts.en>,
  language: ReturnType<typeof useLanguage>,
  isWide: boolean,
): readonly VirtualColumn<GroupEntry>[] => [
  {
    title: t('name'),
    key: 'name',
    render: ({ group_id, member_count, name, role }) => (
      <Flex vertical style={{ minWidth: 0, lineHeight: 1.35 }}>
        <GroupLink groupId={group_id} name={name} />
        <Typography.Text type="secondary" ellipsis style={{ fontSize: 12 }}>
          {isWide
            ? group_id
            : [t('memberCount', { count: member_count, number: formatNumber(member_count, language) }), role && t(role)]
                .filter(Boolean)
                .join(' · ')}
        </Typography.Text>
      </Flex>
    ),
  },
  ...(isWide ? detailColumns(t, language) : []),
]

/** What a phone has no room for beside the name. */
const detailColumns = (
  t: Translate<typeof groupTexts.en>,
  language: ReturnType<typeof useLanguage>,
): readonly VirtualColumn<GroupEntry>[] => [
  {
    title: t('members'),
    key: 'members',
    width: 110,
    align: 'right',
    render: ({ member_count }) => formatNumber(member_count, language),
  },
  {
    title: t('yourRole'),
    key: 'role',
    width: 130,
    render: ({ role }) => role && <Tag>{t(role)}</Tag>,
  },
  { key: 'created', title: t('created'), width: 230, render: ({ created_at }) => formatTime(created_at, language) },
]
