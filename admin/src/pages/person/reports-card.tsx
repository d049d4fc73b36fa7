import { Card, Flex, Typography } from 'antd'
import { Link } from 'react-router'
import { PersonName } from '../../components/person-name.tsx'
import type { Directory } from '../../directory/directory.ts'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { personTexts } from './texts.ts'

/** More than these are looked at in the chart. */
const SHOWN = 8

export const ReportsCard = ({
  directory,
  employeeId,
}: {
  readonly directory: Directory
  readonly employeeId: string
}) => {
  const t = useTexts(personTexts)
  const language = useLanguage()
  const reports = directory.reportsOf(employeeId)
  return (
    <Card
      title={t('reports')}
      extra={
        reports.length > 0 && (
          <Link to={`/console/organisation?tab=chart&who=${encodeURIComponent(employeeId)}`}>{t('allReports')}</Link>
        )
      }
    >
      {reports.length === 0 ? (
        <Typography.Text type="secondary">{t('noReports')}</Typography.Text>
      ) : (
        <Flex vertical gap={12}>
          {reports.slice(0, SHOWN).map((person) => (
            <PersonName key={person.employee_id} person={person} hasPresence />
          ))}
          {reports.length > SHOWN && (
            <Typography.Text type="secondary">
              {t('more', { number: formatNumber(reports.length - SHOWN, language) })}
            </Typography.Text>
          )}
        </Flex>
      )}
    </Card>
  )
}
