import { LIMIT_TEXTS } from '@mchat/schema/limit-texts'
import { Card, Input, Typography } from 'antd'
import { useState } from 'react'
import { WideTable } from '../../components/wide-table.tsx'
import { WithCode } from '../../components/with-code.tsx'
import { formatNumber, type Language, useLanguage, useTexts } from '../../language/language.ts'
import { LIMIT_TEXTS_ZH_CN } from './limit-texts.zh-cn.ts'
import { settingsTexts } from './texts.ts'

const MEANINGS: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: LIMIT_TEXTS,
  'zh-CN': LIMIT_TEXTS_ZH_CN,
}

/** The limits as this deployment has them. */
export const LimitsTable = ({ limits }: { readonly limits: Readonly<Record<string, number>> }) => {
  const t = useTexts(settingsTexts)
  const language = useLanguage()
  const [search, setSearch] = useState('')
  const rows = Object.entries(limits)
    .map(([name, value]) => ({ name, value, meaning: MEANINGS[language][name] ?? '' }))
    .filter(({ meaning, name }) => `${name} ${meaning}`.toLowerCase().includes(search.trim().toLowerCase()))
  return (
    <Card
      title={t('limits')}
      extra={
        <Input.Search
          value={search}
          onChange={({ target }) => setSearch(target.value)}
          placeholder={t('search')}
          aria-label={t('search')}
          allowClear
          style={{ width: 220 }}
        />
      }
    >
      <Typography.Paragraph type="secondary">{t('limitsAbout')}</Typography.Paragraph>
      <WideTable
        label={t('limits')}
        width={640}
        size="small"
        rowKey="name"
        pagination={{ pageSize: 15, showSizeChanger: false }}
        dataSource={rows}
        columns={[
          { title: t('meaning'), dataIndex: 'meaning', render: (meaning: string) => <WithCode text={meaning} /> },
          {
            title: t('value'),
            dataIndex: 'value',
            width: 130,
            align: 'right',
            render: (value: number) => formatNumber(value, language),
          },
          {
            title: t('name'),
            dataIndex: 'name',
            width: 280,
            render: (name: string) => <Typography.Text code>{name}</Typography.Text>,
          },
        ]}
      />
    </Card>
  )
}
