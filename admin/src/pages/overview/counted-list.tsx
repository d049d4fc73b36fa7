import { Flex, Progress, Typography } from 'antd'
import type { ReactNode } from 'react'
import { formatNumber, useLanguage } from '../../language/language.ts'

interface CountedEntry {
  readonly key: string
  readonly name: ReactNode
  readonly count: number
}

/** Names with numbers, as long as they are large, beside the largest. */
export const CountedList = ({ entries }: { readonly entries: readonly CountedEntry[] }) => {
  const language = useLanguage()
  const most = Math.max(1, ...entries.map(({ count }) => count))
  return (
    <Flex vertical gap={10}>
      {entries.map(({ count, key, name }) => (
        <div key={key}>
          <Flex justify="space-between" gap={8}>
            <Typography.Text ellipsis>{name}</Typography.Text>
            <Typography.Text style={{ fontVariantNumeric: 'tabular-nums' }}>
              {formatNumber(count, language)}
            </Typography.Text>
          </Flex>
          <Progress percent={(100 * count) / most} showInfo={false} size={{ height: 4 }} aria-hidden />
        </div>
      ))}
    </Flex>
  )
}
