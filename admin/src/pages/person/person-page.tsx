import type { Employee } from '@mchat/sdk'
import { Col, Flex, Row } from 'antd'
import { useParams } from 'react-router'
import { useEmployeeGet } from '../../calls/employee-get.ts'
import { BackLink } from '../../components/back-link.tsx'
import { DevicesCard } from '../../components/devices-card.tsx'
import { Page } from '../../components/page.tsx'
import { Asked, shownOf, Waiting } from '../../components/page-states.tsx'
import type { Directory } from '../../directory/directory.ts'
import { useDirectory } from '../../directory/use-directory.ts'
import { useReach } from '../../directory/use-reach.ts'
import { useTexts } from '../../language/language.ts'
import { GroupsCard } from './groups-card.tsx'
import { PersonActions } from './person-actions.tsx'
import { PersonHeader } from './person-header.tsx'
import { type PersonRights, personRights } from './person-rights.ts'
import { ReportsCard } from './reports-card.tsx'
import { RolesCard } from './roles-card.tsx'
import { personTexts } from './texts.ts'

/** Everything about one person or AI agent. Everybody may read it; who may change what is in person-rights.ts. */
export const PersonPage = () => {
  const t = useTexts(personTexts)
  const { employeeId = '' } = useParams()
  const query = useEmployeeGet({ employee_id: employeeId })
  const { data: directory } = useDirectory()
  const reach = useReach(directory)
  const person = shownOf(query)
  const rights = person === undefined ? undefined : personRights(reach, person)
  return (
    <Page
      title={person?.name ?? (query.error === null ? t('one') : employeeId)}
      about={<BackLink to="/console/organisation" text={t('back')} />}
      actions={
        person !== undefined &&
        rights !== undefined && (
          <PersonActions key={employeeId} person={person} rights={rights} directory={directory} reach={reach} />
        )
      }
    >
      <Asked query={query}>
        {(shown) => (
          <Person key={employeeId} person={shown} directory={directory} rights={personRights(reach, shown)} />
        )}
      </Asked>
    </Page>
  )
}

interface PersonProps {
  readonly person: Employee
  readonly directory: Directory | undefined
  readonly rights: PersonRights
}

const Person = ({ directory, person, rights }: PersonProps) => {
  const { employee_id } = person
  return (
    <Flex vertical gap={16}>
      <PersonHeader person={person} directory={directory} isSelf={rights.isSelf} />
      <Row gutter={[16, 16]}>
        <Col xs={24} lg={10}>
          <Flex vertical gap={16}>
            <RolesCard person={person} directory={directory} isEditable={rights.givesRoles} />
            {directory === undefined ? <Waiting /> : <ReportsCard directory={directory} employeeId={employee_id} />}
          </Flex>
        </Col>
        <Col xs={24} lg={14}>
          <Flex vertical gap={16}>
            {rights.seesDevices && <DevicesCard employeeId={employee_id} isEditable={rights.managesDevices} />}
            <GroupsCard employeeId={employee_id} isSelf={rights.isSelf} />
          </Flex>
        </Col>
      </Row>
    </Flex>
  )
}
