import { RobotOutlined } from '@ant-design/icons'
import { Tag } from 'antd'
import { Link } from 'react-router'
import { defineTexts, useTexts } from '../language/language.ts'
import { useCameFrom } from './back-link.tsx'
import styles from './person-name.module.css'
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

/** Where everything about somebody is shown. */
export const pathOfPerson = ({ employee_id, is_ai_agent }: Omit<Person, 'name'>): string =>
  `/console/${is_ai_agent === true ? 'agents' : 'people'}/${encodeURIComponent(employee_id)}`

export const AgentTag = () => <Tag color="blue">{useTexts(texts)('agent')}</Tag>

/** Of plain elements: antd's measures itself when it appears, which a list that is scrolled through has no time for. */
export const PersonAvatar = ({ person, size = 32 }: { readonly person: Person; readonly size?: number }) => (
  <span
    className={styles.avatar}
    style={{ width: size, height: size, background: colourOf(person.employee_id), fontSize: Math.round(size * 0.45) }}
    aria-hidden
  >
    {person.is_ai_agent === true ? <RobotOutlined /> : ([...person.name.trim()][0] ?? '?').toUpperCase()}
  </span>
)

interface PersonLinkProps {
  readonly person: Person
  readonly className?: string | undefined
  /** Default: the name. */
  readonly text?: string
}

/** To the person's page or the agent's, from where one comes back to the list as it is. */
export const PersonLink = ({ className, person, text = person.name }: PersonLinkProps) => (
  <Link to={pathOfPerson(person)} state={useCameFrom()} {...(className === undefined ? {} : { className })}>
    {text}
  </Link>
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
  return (
    <span className={styles.person}>
      {hasPresence ? (
        <WithPresence employeeId={person.employee_id}>
          <PersonAvatar person={person} />
        </WithPresence>
      ) : (
        <PersonAvatar person={person} />
      )}
      <span className={styles.words}>
        <span className={styles.name}>
          {isLinked ? (
            <PersonLink person={person} className={styles.cut} />
          ) : (
            <span className={styles.cut}>{person.name}</span>
          )}
          {person.is_ai_agent === true && <AgentTag />}
          {person.status === 'disabled' && <Tag>{t('disabled')}</Tag>}
        </span>
        <span className={`${styles.cut} ${styles.id}`}>{person.employee_id}</span>
      </span>
    </span>
  )
}
