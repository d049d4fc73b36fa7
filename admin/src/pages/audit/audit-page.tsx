import { DownloadOutlined, SafetyOutlined } from '@ant-design/icons'
import { Alert, Button, Card, Flex, Grid, Switch } from 'antd'
import { useMemo, useState } from 'react'
import { useAuditList } from '../../calls/audit-list.ts'
import { Page } from '../../components/page.tsx'
import { Nothing } from '../../components/page-states.tsx'
import { PagedTable } from '../../components/paged-table.tsx'
import { usePermissions } from '../../connection/connection-context.tsx'
import { useLanguage, useTexts } from '../../language/language.ts'
import { type AuditEntry, auditColumns, narrowAuditColumns } from './audit-columns.tsx'
import { AuditDetail } from './audit-detail.tsx'
import { AuditExport } from './audit-export.tsx'
import { asInput, NO_FILTER, useAuditFilter } from './audit-filter.ts'
import { AuditFilters } from './audit-filters.tsx'
import { AuditVerify } from './audit-verify.tsx'
import { auditTexts } from './texts.ts'
import { useAuditTail } from './use-audit-tail.ts'

export const AuditPage = () => {
  const t = useTexts(auditTexts)
  const language = useLanguage()
  const [filter, changeFilter] = useAuditFilter()
  const [isLive, setLive] = useState(true)
  const [open, setOpen] = useState<'verify' | 'export'>()
  const [shown, setShown] = useState<AuditEntry>()
  // Whoever may not read it is told so by the page; nothing is asked for them.
  const mayRead = usePermissions().has('audit.read')
  const query = useAuditList(mayRead ? asInput(filter) : undefined)
  const newest = query.entries[0]?.seq ?? 0
  const tail = useAuditTail(filter, isLive, newest)
  const entries = useMemo<readonly AuditEntry[]>(
    () => (query.isPending ? [] : [...tail.rows, ...query.entries]),
    [tail.rows, query.entries, query.isPending],
  )
  const isWide = Grid.useBreakpoint().md === true
  const columns = useMemo(() => (isWide ? auditColumns : narrowAuditColumns)(t, language), [t, language, isWide])
  const isFiltered = Object.keys(filter).length > 0
  const clear = (): void => changeFilter(NO_FILTER)
  return (
    <Page
      title={t('title')}
      about={t('about')}
      permissions={['audit.read']}
      actions={
        <>
          <Button icon={<SafetyOutlined aria-hidden />} aria-haspopup="dialog" onClick={() => setOpen('verify')}>
            {t('verify')}
          </Button>
          <Button icon={<DownloadOutlined aria-hidden />} aria-haspopup="dialog" onClick={() => setOpen('export')}>
            {t('export')}
          </Button>
        </>
      }
    >
      <Card>
        <Flex justify="space-between" gap={12} wrap style={{ marginBottom: 16 }}>
          <AuditFilters filter={filter} onChange={changeFilter} {...(isFiltered ? { onClear: clear } : {})} />
          <Flex gap={16} wrap align="center">
            <Flex align="center" gap={8} title={t('changesOnlyAbout')}>
              <Switch
                checked={filter.changes_only === true}
                onChange={(isOn) => changeFilter({ changes_only: isOn ? 'true' : '' })}
                aria-label={t('changesOnly')}
                size="small"
              />
              {t('changesOnly')}
            </Flex>
            <Flex align="center" gap={8} title={t('liveAbout')}>
              <Switch checked={isLive} onChange={setLive} aria-label={t('live')} size="small" />
              {t('live')}
            </Flex>
          </Flex>
        </Flex>
        {tail.hasMissed && (
          <Alert
            type="info"
            title={t('missed')}
            style={{ marginBottom: 12 }}
            action={
              <Button size="small" onClick={() => void query.refetch().then(({ isError }) => isError || tail.onRead())}>
                {t('reload')}
              </Button>
            }
          />
        )}
        <PagedTable<AuditEntry>
          label={t('title')}
          query={{ ...query, entries }}
          rowKey="seq"
          width={isWide ? 920 : 260}
          empty={
            <Nothing
              text={isFiltered ? t('noneAbout') : t('none')}
              action={isFiltered && <Button onClick={clear}>{t('clear')}</Button>}
            />
          }
          columns={columns}
          rowHeight={isWide ? 46 : 82}
          view={JSON.stringify(filter)}
          onOpen={setShown}
        />
      </Card>
      <AuditDetail row={shown} onClose={() => setShown(undefined)} />
      <AuditVerify isOpen={open === 'verify'} onClose={() => setOpen(undefined)} />
      <AuditExport isOpen={open === 'export'} filter={filter} onClose={() => setOpen(undefined)} />
    </Page>
  )
}
