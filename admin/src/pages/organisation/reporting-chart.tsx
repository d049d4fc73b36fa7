import { DownOutlined, TeamOutlined, UpOutlined } from '@ant-design/icons'
import { Button, Card, Flex, Typography, theme } from 'antd'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { Nothing } from '../../components/page-states.tsx'
import { PersonLink, PersonName } from '../../components/person-name.tsx'
import { PersonSelect } from '../../components/person-select.tsx'
import type { Directory, DirectoryPerson } from '../../directory/directory.ts'
import { defineTexts, formatNumber, useLanguage, useTexts } from '../../language/language.ts'

const texts = defineTexts('reporting-chart', {
  en: {
    find: 'Find somebody in the chart',
    heads: 'Reports to nobody',
    reports_one: '{{number}} direct report',
    reports_other: '{{number}} direct reports',
    noReports: 'Nobody reports to {{name}}.',
    open: 'Show who reports to {{name}}',
    top: 'From the top',
    more: 'Show more',
    nobody: 'Nobody reports to anybody yet. Set a manager on the page of a person.',
    chain: 'Managers, from the top',
    below: 'Direct reports of {{name}}',
    missing: 'This person is not in the organisation.',
    page: 'Open the page',
  },
  'zh-CN': {
    find: '在图中查找人员',
    heads: '无上级人员',
    reports_other: '{{number}} 名直接下属',
    noReports: '{{name}} 没有直接下属。',
    open: '查看 {{name}} 的下属',
    top: '从最上级开始',
    more: '显示更多',
    nobody: '尚无汇报关系。可在人员页面设置上级。',
    chain: '上级，自上而下',
    below: '{{name}} 的直接下属',
    missing: '组织中没有此人。',
    page: '打开页面',
  },
})

/** How many cards are added at a time. */
const STEP = 48

/**
 * Who reports to whom, around one person at a time: everybody above, and those directly below. However large the
 * organisation is, what is in the page is what can be looked at.
 */
export const ReportingChart = ({ directory }: { readonly directory: Directory }) => {
  const t = useTexts(texts)
  const [params, setParams] = useSearchParams()
  const whoId = params.get('who')
  const who = directory.person(whoId)
  const show = (id: string | undefined): void =>
    setParams(id === undefined ? { tab: 'chart' } : { tab: 'chart', who: id })
  return (
    <Flex vertical gap={16}>
      <Flex gap={8} wrap>
        <div style={{ flex: '1 1 240px', maxWidth: 360 }}>
          <PersonSelect
            aria-label={t('find')}
            placeholder={t('find')}
            allowClear
            value={whoId}
            names={who === undefined ? {} : { [who.employee_id]: who.name }}
            onChange={show}
          />
        </div>
        {whoId !== null && (
          <Button icon={<UpOutlined aria-hidden />} onClick={() => show(undefined)}>
            {t('top')}
          </Button>
        )}
      </Flex>
      {whoId === null ? (
        <Heads directory={directory} onShow={show} />
      ) : who === undefined ? (
        <Card>
          <Nothing text={t('missing')} />
        </Card>
      ) : (
        <Around key={who.employee_id} who={who} directory={directory} onShow={show} />
      )}
    </Flex>
  )
}

interface PartProps {
  readonly directory: Directory
  readonly onShow: (id: string) => void
}

/** Those at the top, whoever has most people first; those whom nobody reports to last. */
const Heads = ({ directory, onShow }: PartProps) => {
  const t = useTexts(texts)
  const heads = directory.heads.toSorted(
    (a, b) => directory.reportsOf(b.employee_id).length - directory.reportsOf(a.employee_id).length,
  )
  const isFlat = heads.length === directory.people.length
  return (
    <Flex vertical gap={12}>
      {isFlat && <Typography.Text type="secondary">{t('nobody')}</Typography.Text>}
      <Cards label={t('heads')} people={heads} directory={directory} onShow={onShow} />
    </Flex>
  )
}

const Around = ({ directory, onShow, who }: PartProps & { readonly who: DirectoryPerson }) => {
  const t = useTexts(texts)
  const above = managersOf(directory, who)
  const below = directory.reportsOf(who.employee_id)
  return (
    <Flex vertical align="center">
      {above.length > 0 && (
        <ol aria-label={t('chain')} style={{ listStyle: 'none', margin: 0, padding: 0, width: '100%' }}>
          {above.map((manager) => (
            <li key={manager.employee_id}>
              <Flex vertical align="center">
                <PersonCard person={manager} directory={directory} onShow={onShow} />
                <Line />
              </Flex>
            </li>
          ))}
        </ol>
      )}
      <PersonCard person={who} directory={directory} isCentre />
      {below.length > 0 && <Line />}
      <div style={{ width: '100%' }}>
        {below.length === 0 ? (
          <Typography.Paragraph type="secondary" style={{ textAlign: 'center', marginTop: 16 }}>
            {t('noReports', { name: who.name })}
          </Typography.Paragraph>
        ) : (
          <Cards label={t('below', { name: who.name })} people={below} directory={directory} onShow={onShow} />
        )}
      </div>
    </Flex>
  )
}

/** From the top down; ends on a circle. */
const managersOf = (directory: Directory, who: DirectoryPerson): readonly DirectoryPerson[] => {
  const found = new Set<DirectoryPerson>([who])
  for (
    let at = directory.person(who.manager_id);
    at !== undefined && !found.has(at);
    at = directory.person(at.manager_id)
  )
    found.add(at)
  return [...found].slice(1).reverse()
}

const Line = () => {
  const { token } = theme.useToken()
  return <div aria-hidden style={{ width: 2, height: 20, background: token.colorBorder }} />
}

const Cards = ({
  directory,
  label,
  onShow,
  people,
}: PartProps & { readonly label: string; readonly people: readonly DirectoryPerson[] }) => {
  const t = useTexts(texts)
  const [shown, setShown] = useState(STEP)
  return (
    <Flex vertical gap={16} align="center">
      <ul
        aria-label={label}
        style={{
          listStyle: 'none',
          margin: 0,
          padding: 0,
          width: '100%',
          display: 'grid',
          gap: 12,
          gridTemplateColumns: 'repeat(auto-fill, minmax(min(260px, 100%), 1fr))',
        }}
      >
        {people.slice(0, shown).map((person) => (
          <li key={person.employee_id}>
            <PersonCard person={person} directory={directory} onShow={onShow} isWide />
          </li>
        ))}
      </ul>
      {people.length > shown && <Button onClick={() => setShown(shown + STEP)}>{t('more')}</Button>}
    </Flex>
  )
}

interface PersonCardProps {
  readonly person: DirectoryPerson
  readonly directory: Directory
  readonly onShow?: (id: string) => void
  readonly isCentre?: boolean
  /** Fills its place. */
  readonly isWide?: boolean
}

const PersonCard = ({ directory, isCentre = false, isWide = false, onShow, person }: PersonCardProps) => {
  const t = useTexts(texts)
  const language = useLanguage()
  const { token } = theme.useToken()
  const count = directory.reportsOf(person.employee_id).length
  const department = directory.departments.get(person.department_id ?? '')?.name
  const reports = t('reports', { count, number: formatNumber(count, language) })
  return (
    <Card
      size="small"
      style={{
        width: isWide ? '100%' : 300,
        maxWidth: '100%',
        height: '100%',
        ...(isCentre ? { borderColor: token.colorPrimary, boxShadow: token.boxShadowTertiary } : {}),
      }}
    >
      <Flex vertical gap={8}>
        <PersonName person={person} hasPresence />
        <Flex justify="space-between" align="center" gap={8} style={{ minHeight: 24 }}>
          <Typography.Text type="secondary" ellipsis={{ tooltip: department }} style={{ fontSize: 12 }}>
            {department ?? ''}
          </Typography.Text>
          {count > 0 &&
            (onShow === undefined ? (
              <Typography.Text type="secondary" style={{ fontSize: 12, whiteSpace: 'nowrap' }}>
                {reports}
              </Typography.Text>
            ) : (
              <Button
                size="small"
                type="text"
                icon={isWide ? <DownOutlined aria-hidden /> : <TeamOutlined aria-hidden />}
                // Begins with what is seen, for those who say it (WCAG 2.5.3).
                aria-label={`${reports}: ${t('open', { name: person.name })}`}
                title={reports}
                onClick={() => onShow(person.employee_id)}
              >
                {formatNumber(count, language)}
              </Button>
            ))}
        </Flex>
        {isCentre && <PersonLink person={person} text={t('page')} />}
      </Flex>
    </Card>
  )
}
