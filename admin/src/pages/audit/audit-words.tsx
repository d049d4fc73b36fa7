import { Tag } from 'antd'
import { reasonOfOthers } from '../../calls/reason-text.ts'
import { actionTextOf } from '../../components/action-texts.ts'
import { NamedDepartment, NamedGroup, NamedPerson } from '../../components/named.tsx'
import { useLanguage, useTexts } from '../../language/language.ts'
import { placeOfTarget } from './audit-target.ts'
import styles from './audit-words.module.css'
import { auditTexts } from './texts.ts'

interface Short {
  /** In one line. */
  readonly isShort?: boolean
}

export const Operator = ({ id, isShort = false }: Short & { readonly id: string | null }) => {
  const t = useTexts(auditTexts)
  return id === null ? (
    <span className={styles.secondary}>{t('gateway')}</span>
  ) : (
    <NamedPerson id={id} isShort={isShort} />
  )
}

/** In words, with the name that it has in requests beneath. */
export const AuditAction = ({ action }: { readonly action: string }) => {
  const words = actionTextOf(action, useLanguage())
  return (
    <span className={styles.two}>
      <span className={styles.cut} title={words}>
        {words}
      </span>
      {words !== action && <span className={styles.secondary}>{action}</span>}
    </span>
  )
}

interface AuditTargetProps extends Short {
  readonly action: string
  readonly target: string
}

export const AuditTarget = ({ action, isShort = false, target }: AuditTargetProps) => {
  const { id, kind } = placeOfTarget(action, target)
  switch (kind) {
    case 'person':
      return id === target ? (
        <NamedPerson id={id} isShort={isShort} />
      ) : (
        <span className={isShort ? undefined : styles.two}>
          <NamedPerson id={id} isShort />
          {!isShort && <span className={styles.secondary}>{target}</span>}
        </span>
      )
    case 'group':
      return <NamedGroup id={id} isShort={isShort} />
    case 'department':
      return <NamedDepartment id={id} isShort={isShort} />
    default:
      return target
  }
}

interface AuditResultProps extends Short {
  readonly code: number
  readonly reason: string | null
}

/** Why it was refused or has failed, with what programs are told of it beneath. */
export const AuditResult = ({ code, isShort = false, reason }: AuditResultProps) => {
  const t = useTexts(auditTexts)
  const language = useLanguage()
  if (code === 0) return <Tag color="success">{t('done')}</Tag>
  const words = reasonOfOthers(reason ?? undefined, language)
  const forPrograms = [code, reason].filter((part) => part !== null).join(' ')
  const colour = code >= 500 ? 'error' : 'warning'
  if (isShort || words === undefined) {
    return (
      <Tag color={colour} title={words}>
        {isShort ? t(code >= 500 ? 'failed' : 'refused') : forPrograms}
      </Tag>
    )
  }
  return (
    <span className={styles.two}>
      <span className={styles.cut} style={{ color: `var(--ant-color-${colour}-text)` }} title={words}>
        {words}
      </span>
      <span className={styles.secondary}>{forPrograms}</span>
    </span>
  )
}
