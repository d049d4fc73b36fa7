import { RobotOutlined } from '@ant-design/icons'
import { Avatar, Flex, Tag, Typography } from 'antd'
import { Link } from 'react-router'
import { defineTexts, useTexts } from '../language/language.ts'
import { WithPresence } from './presence.tsx'

const texts = defineTexts('person-name', {
  en: { agent: 'AI', disabled: 'Disabled' },
  'zh-CN': { agent: 'AI', disabled: '已停用' },
})

interface Person {
  readonly employee_id: string
  readonly name: string
  readonly is_ai_agent?: boolean
  readonly status?: string
}

/** Stays the same for one person, so that people are told apart at a glance. */
const COLOURS = ['#3b6fd4', '#7a52c7', '#b0457f', '#b55a1d', '#2f7d4f', '#14788f', '#6a6f7d'] as const
const colourOf = (id: string): string =>
  COLOURS[[...id].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0, 7) % COLOURS.length] ??
  COLOURS[0]

export const PersonAvatar = ({ person, size = 32 }: { readonly person: Person; readonly size?: number }) => (
  <Avatar
    size={size}
    style={{ background: colourOf(person.employee_id), flexShrink: 0, fontSize: Math.round(size * 0.45) }}
    icon={person.is_ai_agent === true ? <RobotOutlined aria-hidden /> : undefined}
    aria-hidden
  >
    {person.is_ai_agent === true ? undefined : ([...person.name.trim()][0] ?? '?').toUpperCase()}
  </Avatar>
)

interface PersonNameProps {
  readonly person: Person
  /** Leads to the person's page, or the agent's. */
  readonly isLinked?: boolean
  /** Shows who is online. */
  readonly hasPresence?: boolean
}

export const PersonName = ({ hasPresence = false, isLinked = true, person }: PersonNameProps) => {
  const t = useTexts(texts)
  const page = person.is_ai_agent === true ? 'agents' : 'people'
  return (
    <Flex align="center" gap={10} style={{ minWidth: 0 }}>
      {hasPresence ? (
        <WithPresence employeeId={person.employee_id}>
          <PersonAvatar person={person} />
        </WithPresence>
      ) : (
        <PersonAvatar person={person} />
      )}
      <Flex vertical style={{ minWidth: 0, lineHeight: 1.35 }}>
        <Flex align="center" gap={6} style={{ minWidth: 0 }}>
          {isLinked ? (
            <Link
              to={`/console/${page}/${encodeURIComponent(person.employee_id)}`}
              style={{ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}
            >
              {person.name}
            </Link>
          ) : (
            <Typography.Text ellipsis>{person.name}</Typography.Text>
          )}
          {person.is_ai_agent === true && <Tag color="blue">{t('agent')}</Tag>}
          {person.status === 'disabled' && <Tag>{t('disabled')}</Tag>}
        </Flex>
        <Typography.Text type="secondary" ellipsis style={{ fontSize: 12 }}>
          {person.employee_id}
        </Typography.Text>
      </Flex>
    </Flex>
  )
}
