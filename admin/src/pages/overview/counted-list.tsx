import { Flex, Progress, Typography, theme } from 'antd'
import type { ReactNode } from 'react'
import { formatNumber, useLanguage } from '../../language/language.ts'

interface CountedEntry {
  readonly key: string
  readonly name: ReactNode
  readonly count: number
}

interface CountedListProps {
  readonly entries: readonly CountedEntry[]
  /** What is counted is nothing good. */
  readonly isBad?: boolean
}

/** Names with numbers, as long as they are large, beside the largest. */
export const CountedList = ({ entries, isBad = false }: CountedListProps) => {
  const { token } = theme.useToken()
  const language = useLanguage()
  const most = Math.max(1, ...entries.map(({ count }) => count))
  return (
    <Flex vertical gap={10}>
      {entries.map(({ count, key, name }) => (
        <div key={key}>
          <Flex justify="space-between" gap={8}>
            <div style={{ minWidth: 0 }}>{name}</div>
            <Typography.Text style={{ fontVariantNumeric: 'tabular-nums' }}>
              {formatNumber(count, language)}
            </Typography.Text>
          </Flex>
          <Progress
            percent={(100 * count) / most}
            // The longest is not a thing that was finished, which antd would draw in green.
            status="normal"
            strokeColor={isBad ? token.colorError : token.colorPrimary}
            showInfo={false}
            size={{ height: 4 }}
            aria-hidden
          />
        </div>
      ))}
    </Flex>
  )
}
