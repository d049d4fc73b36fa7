import { Card, Grid } from 'antd'
import { useEffect } from 'react'
import { useParams } from 'react-router'
import { Page } from '../../components/page.tsx'
import { Nothing } from '../../components/page-states.tsx'
import { useFreeHeight } from '../../components/use-free-height.ts'
import { useTexts } from '../../language/language.ts'
import styles from './chat.module.css'
import { useChat } from './chat-context.tsx'
import { keyOf, type Place } from './conversation.ts'
import { ConversationList } from './conversation-list.tsx'
import { ConversationView } from './conversation-view.tsx'
import { playgroundTexts } from './texts.ts'

const placeOf = (type: string | undefined, id: string | undefined): Place | undefined =>
  id !== undefined && (type === 'private' || type === 'group') ? { type, id } : undefined

/** On a phone there is room for one of the two: the conversations, or one of them. */
export const PlaygroundPage = () => {
  const t = useTexts(playgroundTexts)
  const { id, type } = useParams()
  const place = placeOf(type, id)
  const isWide = Grid.useBreakpoint().md === true
  const [watch, height] = useFreeHeight(360, isWide ? 24 : 12)
  const panes = (
    <Card ref={watch} styles={{ body: { padding: 0 } }}>
      <div className={styles.panes} style={{ height: height - 2 }}>
        {(isWide || place === undefined) && <ConversationList chosen={place} isAlone={!isWide} />}
        {place !== undefined && <Opened key={keyOf(place)} place={place} isAlone={!isWide} />}
        {place === undefined && isWide && (
          <div className={styles.conversation} style={{ justifyContent: 'center' }}>
            <Nothing text={t('choose')} />
          </div>
        )}
      </div>
    </Card>
  )
  if (place !== undefined && !isWide) return panes
  return (
    <Page title={t('title')} about={t('about')}>
      {panes}
    </Page>
  )
}

const Opened = ({ isAlone, place }: { readonly place: Place; readonly isAlone: boolean }) => {
  const { conversations } = useChat()
  useEffect(() => conversations.open(place), [conversations, place])
  return <ConversationView place={place} isAlone={isAlone} />
}
