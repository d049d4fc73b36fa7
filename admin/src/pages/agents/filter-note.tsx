import { Card, Flex, Tag, Typography } from 'antd'
import { useAgentStats } from '../../calls/agent-stats.ts'
import { Asked } from '../../components/page-states.tsx'
import { useTexts } from '../../language/language.ts'
import { profileTexts } from './profile-texts.ts'
import { agentTexts } from './texts.ts'

/** Whether what agents say is filtered, and how that is changed: not from here. */
export const FilterNote = ({ agentId }: { readonly agentId: string }) => {
  const t = useTexts(profileTexts)
  const names = useTexts(agentTexts)
  return (
    <Card title={t('filter')}>
      <Asked query={useAgentStats({ employee_id: agentId })}>
        {({ content_filter: { active, people } }) => (
          <Flex vertical gap={6}>
            <Flex gap={8} align="center" wrap>
              {active && <Tag color="success">{names('enabled')}</Tag>}
              <span>{active ? (people ? t('filterPeople') : t('filterOn')) : t('filterOff')}</span>
            </Flex>
            <Typography.Text type="secondary">{t('filterHow')}</Typography.Text>
          </Flex>
        )}
      </Asked>
    </Card>
  )
}
