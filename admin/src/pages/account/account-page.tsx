import { Card, Col, Flex, Row, Typography } from 'antd'
import { Link } from 'react-router'
import { useEmployeeGet } from '../../calls/employee-get.ts'
import { DevicesCard } from '../../components/devices-card.tsx'
import { Page } from '../../components/page.tsx'
import { Asked } from '../../components/page-states.tsx'
import { PersonName } from '../../components/person-name.tsx'
import { RoleTags } from '../../components/role-tags.tsx'
import { useSignedIn } from '../../connection/connection-context.tsx'
import { useDirectory } from '../../directory/use-directory.ts'
import { useTexts } from '../../language/language.ts'
import { AuthenticatorCard } from './authenticator-card.tsx'
import { accountTexts } from './texts.ts'

export const AccountPage = () => {
  const t = useTexts(accountTexts)
  const { employeeId } = useSignedIn()
  const query = useEmployeeGet({ employee_id: employeeId })
  const { data: directory } = useDirectory()
  return (
    <Page title={t('title')} about={t('about')}>
      <Row gutter={[16, 16]}>
        <Col xs={24} lg={10}>
          <Flex vertical gap={16}>
            <Card title={t('profile')}>
              <Asked query={query}>
                {(self) => (
                  <Flex vertical gap={16}>
                    <PersonName person={self} isLinked={false} />
                    {self.roles.length === 0 ? (
                      <Typography.Text type="secondary">{t('noRoles')}</Typography.Text>
                    ) : (
                      <RoleTags
                        grants={self.roles}
                        departmentName={(id) => directory?.departments.get(id)?.name ?? id}
                      />
                    )}
                    <Link to={`/console/people/${encodeURIComponent(employeeId)}`}>{t('profileOpen')}</Link>
                  </Flex>
                )}
              </Asked>
            </Card>
            <AuthenticatorCard />
          </Flex>
        </Col>
        <Col xs={24} lg={14}>
          <DevicesCard employeeId={employeeId} isEditable />
        </Col>
      </Row>
    </Page>
  )
}
