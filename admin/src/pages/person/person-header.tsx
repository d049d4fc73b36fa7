import type { Employee } from '@mchat/sdk'
import { Alert, Breadcrumb, Card, Descriptions, Flex, Tag, Typography } from 'antd'
import { Link } from 'react-router'
import { AgentTag, PersonAvatar } from '../../components/person-name.tsx'
import { PresenceText } from '../../components/presence.tsx'
import type { Directory } from '../../directory/directory.ts'
import { formatTime, useLanguage, useTexts } from '../../language/language.ts'
import { personTexts } from './texts.ts'

interface PersonHeaderProps {
  readonly person: Employee
  readonly directory: Directory | undefined
  readonly isSelf: boolean
}

/** Who it is, where they belong and whom they report to. */
export const PersonHeader = ({ directory, isSelf, person }: PersonHeaderProps) => {
  const t = useTexts(personTexts)
  const language = useLanguage()
  const { created_at, department_id, employee_id, is_ai_agent, manager_id, name, skills_badge, status } = person
  const path = directory?.pathOf(department_id) ?? []
  return (
    <Card>
      <Flex vertical gap={20}>
        {status === 'disabled' && (
          <Alert type="warning" showIcon title={t('disabled')} description={t('disabledAbout')} />
        )}
        <Flex gap={16} align="center" wrap>
          <PersonAvatar person={person} size={64} />
          <div style={{ minWidth: 0, flex: '1 1 200px' }}>
            <Flex gap={8} align="center" wrap>
              <Typography.Text strong style={{ fontSize: 18, overflowWrap: 'anywhere' }}>
                {name}
              </Typography.Text>
              {is_ai_agent && <AgentTag />}
              {isSelf && <Tag color="blue">{t('you')}</Tag>}
            </Flex>
            <Flex gap={16} wrap align="center">
              <Typography.Text type="secondary" copyable style={{ overflowWrap: 'anywhere' }}>
                {employee_id}
              </Typography.Text>
              {status === 'active' && <PresenceText employeeId={employee_id} />}
            </Flex>
          </div>
        </Flex>
        <Descriptions
          column={{ xs: 1, md: 2 }}
          items={[
            {
              key: 'department',
              label: t('department'),
              children:
                department_id === null ? (
                  <Typography.Text type="secondary">{t('noDepartment')}</Typography.Text>
                ) : path.length === 0 ? (
                  department_id
                ) : (
                  <Breadcrumb
                    items={path.map((department) => ({
                      title: (
                        // As high as a finger needs it (WCAG 2.5.8).
                        <Link
                          to={`/console/organisation?department=${encodeURIComponent(department.department_id)}`}
                          style={{ display: 'inline-block', height: 'auto', lineHeight: '24px' }}
                        >
                          {department.name}
                        </Link>
                      ),
                    }))}
                  />
                ),
            },
            {
              key: 'manager',
              label: t('manager'),
              children:
                manager_id === null ? (
                  <Typography.Text type="secondary">{t('noManager')}</Typography.Text>
                ) : (
                  <Link to={`/console/people/${encodeURIComponent(manager_id)}`}>
                    {directory?.person(manager_id)?.name ?? manager_id}
                  </Link>
                ),
            },
            {
              key: 'skills',
              label: t('skills'),
              children:
                skills_badge.length === 0 ? (
                  <Typography.Text type="secondary">{t('noSkills')}</Typography.Text>
                ) : (
                  <Flex gap={6} wrap>
                    {skills_badge.map((skill) => (
                      <Tag key={skill}>{skill}</Tag>
                    ))}
                  </Flex>
                ),
            },
            { key: 'added', label: t('added'), children: formatTime(created_at, language) },
          ]}
        />
      </Flex>
    </Card>
  )
}
