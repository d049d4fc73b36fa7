import { FileOutlined, IdcardOutlined, LinkOutlined, PictureOutlined } from '@ant-design/icons'
import { Button, Flex, Spin, Typography } from 'antd'
import { useState } from 'react'
import { useFileDownloadUrl } from '../../calls/file-download-url.ts'
import { useAttempt } from '../../components/use-attempt.ts'
import { useClient } from '../../connection/connection-context.tsx'
import { useLanguage, useTexts } from '../../language/language.ts'
import styles from './chat.module.css'
import { readContent } from './content.ts'
import type { ChatMessage } from './conversation.ts'
import { MessageText } from './message-text.tsx'
import { playgroundTexts } from './texts.ts'

/** @param name of whoever wrote it */
export const MessageContent = ({ message, name }: { readonly message: ChatMessage; readonly name: string }) => {
  const t = useTexts(playgroundTexts)
  const shown = readContent(message.content)
  switch (shown.kind) {
    case 'text':
      if (shown.text === '' && message.state !== 'streaming') {
        return <Typography.Text type="secondary">{t('empty')}</Typography.Text>
      }
      return <MessageText text={shown.text} />
    case 'image':
      if (shown.key !== undefined) {
        return <StoredPicture fileKey={shown.key} ratio={shown.ratio} label={t('pictureFrom', { name })} />
      }
      return <ElsewhereLink icon={<PictureOutlined aria-hidden />} label={t('picture')} url={shown.url} />
    case 'file': {
      const label = shown.name === '' ? t('unnamed') : shown.name
      if (shown.key !== undefined) return <StoredFile fileKey={shown.key} label={label} size={shown.size} />
      return <ElsewhereLink icon={<FileOutlined aria-hidden />} label={label} url={shown.url} />
    }
    case 'card':
      return (
        <Flex gap={8} align="center">
          <IdcardOutlined aria-hidden />
          <span>
            {t('card')} · <Typography.Text type="secondary">{t('cardAbout')}</Typography.Text>
          </span>
        </Flex>
      )
    default:
      return <Typography.Text type="secondary">{t('unknown', { type: shown.type })}</Typography.Text>
  }
}

interface ElsewhereLinkProps {
  readonly icon: React.ReactNode
  readonly label: string
  readonly url: string | undefined
}

/** What lies on somebody else's server is not fetched by itself: it would tell them who reads it, and when. */
const ElsewhereLink = ({ icon, label, url }: ElsewhereLinkProps) => (
  <Flex gap={8} align="center">
    {icon}
    {url === undefined ? (
      <span>{label}</span>
    ) : (
      <a href={url} target="_blank" rel="noopener noreferrer nofollow">
        {label} <LinkOutlined aria-hidden /> {URL.parse(url)?.hostname}
      </a>
    )}
  </Flex>
)

interface StoredPictureProps {
  readonly fileKey: string
  readonly ratio: number | undefined
  readonly label: string
}

const StoredPicture = ({ fileKey, label, ratio }: StoredPictureProps) => {
  const t = useTexts(playgroundTexts)
  const { data, error } = useFileDownloadUrl({ key: fileKey })
  const [isBroken, setBroken] = useState(false)
  if ((data === undefined && error !== null) || isBroken)
    return <Typography.Text type="secondary">{t('pictureFailed')}</Typography.Text>
  // With its size known nothing moves when it comes.
  const room =
    ratio === undefined ? { minHeight: 80 } : { aspectRatio: String(ratio), width: Math.min(360, 320 * ratio) }
  return (
    <div style={{ maxWidth: '100%', ...room }}>
      {data === undefined ? (
        <Spin size="small" />
      ) : (
        <img className={styles.picture} src={data.url} alt={label} onError={() => setBroken(true)} />
      )}
    </div>
  )
}

interface StoredFileProps {
  readonly fileKey: string
  readonly label: string
  readonly size: number | undefined
}

const StoredFile = ({ fileKey, label, size }: StoredFileProps) => {
  const t = useTexts(playgroundTexts)
  const sizeText = useSizeText()
  const client = useClient()
  const attempt = useAttempt()
  const download = async (): Promise<void> => {
    // An address is good for some minutes: it is asked for when it is needed.
    const url = await attempt(() => client.files.downloadUrl(fileKey))
    if (url === undefined) return
    const link = document.createElement('a')
    link.href = url
    link.download = label
    link.rel = 'noopener noreferrer'
    link.target = '_blank'
    link.click()
  }
  return (
    <Button
      type="text"
      icon={<FileOutlined aria-hidden />}
      aria-label={t('download', { name: label })}
      onClick={() => void download()}
      style={{ height: 'auto', maxWidth: '100%', padding: '4px 6px', whiteSpace: 'normal', textAlign: 'start' }}
    >
      <span style={{ overflowWrap: 'anywhere' }}>{label}</span>
      {size !== undefined && <span className={styles.under}>{sizeText(size)}</span>}
    </Button>
  )
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

const useSizeText = (): ((bytes: number) => string) => {
  const language = useLanguage()
  return (bytes) => {
    const step = Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)))
    const unit = UNITS[Math.max(0, step)] ?? 'byte'
    const value = bytes / 1024 ** Math.max(0, step)
    return new Intl.NumberFormat(language, {
      style: 'unit',
      unit,
      // The short one has no plural.
      unitDisplay: unit === 'byte' ? 'long' : 'short',
      maximumFractionDigits: 1,
    }).format(value)
  }
}
