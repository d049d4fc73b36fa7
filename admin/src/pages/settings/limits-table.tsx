import { LIMIT_TEXTS } from '@mchat/schema/limit-texts'
import { Card, Input, Table, Typography } from 'antd'
import { useState } from 'react'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { settingsTexts } from './texts.ts'

/** The limits as this deployment has them. What each means is written once, in the schema, in English. */
export const LimitsTable = ({ limits }: { readonly limits: Readonly<Record<string, number>> }) => {
  const t = useTexts(settingsTexts)
  const language = useLanguage()
  const [search, setSearch] = useState('')
  const rows = Object.entries(limits)
    .map(([name, value]) => ({ name, value, meaning: (LIMIT_TEXTS as Readonly<Record<string, string>>)[name] ?? '' }))
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
      <Table
        size="small"
        rowKey="name"
        pagination={{ pageSize: 15, showSizeChanger: false }}
        scroll={{ x: 640 }}
        dataSource={rows}
        columns={[
          { title: t('meaning'), dataIndex: 'meaning', render: (text: string) => <span lang="en">{text}</span> },
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
