import { useEffect } from 'react'
import { useGroupMemberList } from '../../calls/group-member-list.ts'
import { PersonAvatar } from '../../components/person-name.tsx'
import { useTexts } from '../../language/language.ts'
import styles from './chat.module.css'
import { useChat } from './chat-context.tsx'
import { type Mentionable, matching } from './mention.ts'
import { playgroundTexts } from './texts.ts'

const MOST_SHOWN = 8

/** Members of the group whose names fit, found page by page. @param query undefined: nobody is being mentioned */
export const useMentionables = (groupId: string | undefined, query: string | undefined): readonly Mentionable[] => {
  const t = useTexts(playgroundTexts)
  const { me } = useChat()
  const isAsked = groupId !== undefined && query !== undefined
  const { entries, error, fetchNextPage, hasNextPage, isFetching } = useGroupMemberList(
    isAsked ? { group_id: groupId, limit: 200 } : undefined,
  )
  const people = entries
    .filter(({ employee_id }) => employee_id !== me)
    .map(({ employee_id: id, name }) => ({ id, name }))
  const found = isAsked ? matching([{ id: '*', name: t('everybody') }, ...people], query).slice(0, MOST_SHOWN) : []
  // What was refused would be refused again, and again.
  const needsMore = isAsked && found.length < MOST_SHOWN && hasNextPage && !isFetching && error === null
  useEffect(() => {
    if (needsMore) void fetchNextPage()
  }, [fetchNextPage, needsMore])
  return found
}

interface MentionOptionsProps {
  readonly id: string
  readonly options: readonly Mentionable[]
  readonly chosen: number
  readonly onChoose: (option: Mentionable) => void
}

/** Moved through by the keys of the field that it belongs to, which keeps the focus. */
export const MentionOptions = ({ chosen, id, onChoose, options }: MentionOptionsProps) => {
  const t = useTexts(playgroundTexts)
  return (
    <div className={styles.options} id={id} role="listbox" aria-label={t('mention')}>
      {options.map((option, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field
        <div
          key={option.id}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          className={styles.option}
          aria-selected={index === chosen}
          // The field keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(option)}
        >
          <PersonAvatar person={{ employee_id: option.id, name: option.id === '*' ? '@' : option.name }} size={24} />
          <span>{option.name}</span>
          <span className={styles.under}>{option.id === '*' ? t('everybodyAbout') : option.id}</span>
        </div>
      ))}
    </div>
  )
}
