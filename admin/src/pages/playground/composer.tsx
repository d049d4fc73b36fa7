import { CloseOutlined, PaperClipOutlined, SendOutlined } from '@ant-design/icons'
import { LIMITS } from '@mchat/schema/limits'
import { Button, Flex, Input, Typography } from 'antd'
import type { TextAreaRef } from 'antd/es/input/TextArea'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { useAttempt } from '../../components/use-attempt.ts'
import { usePerson } from '../../directory/use-person.ts'
import { useTexts } from '../../language/language.ts'
import styles from './chat.module.css'
import { useChat } from './chat-context.tsx'
import { readContent } from './content.ts'
import { type ChatMessage, keyOf, type Place } from './conversation.ts'
import { type Mentionable, mentionsIn, mentionTyped, withMention } from './mention.ts'
import { MentionOptions, useMentionables } from './mention-options.tsx'
import { useSummary } from './summary.ts'
import { playgroundTexts } from './texts.ts'

/** What the next message is about. */
export interface About {
  readonly kind: 'reply' | 'edit'
  readonly message: ChatMessage
}

interface ComposerProps {
  readonly place: Place
  readonly about: About | undefined
  readonly onAboutDone: () => void
  readonly onSent: () => void
}

export const Composer = ({ about, onAboutDone, onSent, place }: ComposerProps) => {
  const t = useTexts(playgroundTexts)
  const chat = useChat()
  const attempt = useAttempt()
  const key = keyOf(place)
  const field = useRef<TextAreaRef>(null)
  const files = useRef<HTMLInputElement>(null)
  const optionsId = useId()
  const [text, setText] = useState(() => chat.drafts.get(key) ?? '')
  const [edited, setEdited] = useState('')
  const [caret, setCaret] = useState(0)
  const [chosen, setChosen] = useState<readonly Mentionable[]>([])
  const [marked, setMarked] = useState(0)
  const [isDismissed, setDismissed] = useState(false)
  const [isSaving, setSaving] = useState(false)
  const editing = about?.kind === 'edit' ? about.message : undefined
  const value = editing === undefined ? text : edited
  const typed = isDismissed ? undefined : mentionTyped(value, caret)
  const options = useMentionables(place.type === 'group' ? place.id : undefined, typed?.query)
  const isTooLong = new TextEncoder().encode(JSON.stringify(value)).length > LIMITS.contentBytes

  useEffect(() => {
    if (about === undefined) return
    const shown = readContent(about.message.content)
    if (about.kind === 'edit' && shown.kind === 'text') setEdited(shown.text)
    field.current?.focus({ cursor: 'end' })
  }, [about])

  const change = (next: string): void => {
    if (editing !== undefined) {
      setEdited(next)
      return
    }
    setText(next)
    chat.drafts.set(key, next)
    if (next !== '') chat.typing(place)
  }
  const mention = (option: Mentionable): void => {
    if (typed === undefined) return
    const { caret: after, text: next } = withMention(value, caret, typed, option.name)
    // The field has the text before the next key comes: a caret that is put there later is put back into what was typed on.
    flushSync(() => {
      change(next)
      setChosen((before) => [...before, option])
      setCaret(after)
    })
    field.current?.resizableTextArea?.textArea.setSelectionRange(after, after)
  }
  const save = async (message: ChatMessage): Promise<void> => {
    if (isSaving) return
    setSaving(true)
    const isSaved = await attempt(async () => {
      await chat.edit(place, message, value)
      return true
    })
    setSaving(false)
    if (isSaved === true) onAboutDone()
  }
  const submit = (): void => {
    if (value.trim() === '' || isTooLong) return
    if (editing !== undefined) {
      void save(editing)
      return
    }
    chat.send(place, { content: value, quoteMsgId: about?.message.msgId, mentions: mentionsIn(value, chosen) })
    change('')
    setChosen([])
    onAboutDone()
    onSent()
  }
  const sendFiles = (list: FileList | null): void => {
    for (const file of list ?? []) chat.sendFile(place, file)
    onSent()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    // The Enter that ends the choice of a character is not ours.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    const isChoosing = options.length > 0
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const option = options[marked] ?? options[0]
    if (isChoosing && step !== 0) setMarked((marked + step + options.length) % options.length)
    else if (isChoosing && (event.key === 'Enter' || event.key === 'Tab') && option !== undefined) mention(option)
    else if (isChoosing && event.key === 'Escape') setDismissed(true)
    else if (event.key === 'Escape' && about !== undefined) onAboutDone()
    else if (event.key === 'Enter' && !event.shiftKey) submit()
    else return
    event.preventDefault()
  }
  return (
    <div className={styles.composer}>
      {options.length > 0 && <MentionOptions id={optionsId} options={options} chosen={marked} onChoose={mention} />}
      {about !== undefined && <AboutLine about={about} onDone={onAboutDone} />}
      <Flex gap={8} align="flex-end">
        <Input.TextArea
          ref={field}
          value={value}
          autoSize={{ minRows: 1, maxRows: 8 }}
          status={isTooLong ? 'error' : ''}
          placeholder={place.type === 'group' ? t('writeHintGroup') : t('writeHint')}
          aria-label={editing === undefined ? t('write') : t('editing')}
          aria-autocomplete={place.type === 'group' ? 'list' : 'none'}
          {...(options.length > 0
            ? { 'aria-controls': optionsId, 'aria-activedescendant': `${optionsId}-${marked}` }
            : {})}
          onChange={({ target }) => {
            change(target.value)
            setCaret(target.selectionStart)
            setMarked(0)
            setDismissed(false)
          }}
          onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            if (event.clipboardData.files.length === 0) return
            event.preventDefault()
            sendFiles(event.clipboardData.files)
          }}
        />
        <input
          ref={files}
          type="file"
          multiple
          hidden
          onChange={({ target }) => {
            sendFiles(target.files)
            target.value = ''
          }}
        />
        {editing === undefined && (
          <Button
            icon={<PaperClipOutlined aria-hidden />}
            aria-label={t('attach')}
            onClick={() => files.current?.click()}
          />
        )}
        <Button
          type="primary"
          icon={<SendOutlined aria-hidden />}
          aria-label={editing === undefined ? t('send') : t('save')}
          disabled={value.trim() === '' || isTooLong}
          loading={isSaving}
          onClick={submit}
        />
      </Flex>
      {isTooLong && (
        <Typography.Text type="danger" role="alert" style={{ fontSize: 12 }}>
          {t('tooLong')}
        </Typography.Text>
      )}
    </div>
  )
}

const AboutLine = ({ about, onDone }: { readonly about: About; readonly onDone: () => void }) => {
  const t = useTexts(playgroundTexts)
  const { name } = usePerson(about.message.from)
  const summary = useSummary(about.message)
  return (
    <Flex align="center" gap={8} style={{ paddingBottom: 6 }}>
      <span className={styles.quote} style={{ flex: 1, margin: 0 }}>
        {about.kind === 'edit' ? t('editing') : t('replyTo', { name })}: {summary}
      </span>
      <Button type="text" size="small" icon={<CloseOutlined aria-hidden />} aria-label={t('cancel')} onClick={onDone} />
    </Flex>
  )
}
