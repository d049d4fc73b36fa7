import { RequestRejectedError } from '@mchat/sdk'
import { Card, Descriptions, Typography } from 'antd'
import { useConfigStorage } from '../../calls/config-storage.ts'
import { Asked, Nothing } from '../../components/page-states.tsx'
import { useTexts } from '../../language/language.ts'
import { settingsTexts } from './texts.ts'

export const StorageCard = () => {
  const t = useTexts(settingsTexts)
  const storage = useConfigStorage({})
  const isNone = storage.error instanceof RequestRejectedError && storage.error.reason === 'no_storage'
  return (
    <Card title={t('storage')} style={{ height: '100%' }}>
      {isNone ? (
        <Nothing text={t('storageNone')} />
      ) : (
        <Asked query={storage}>
          {({ bucket, content_types, endpoint, region }) => (
            <Descriptions
              column={1}
              size="small"
              items={[
                { key: 'endpoint', label: t('endpoint'), children: endpoint },
                { key: 'bucket', label: t('bucket'), children: bucket },
                { key: 'region', label: t('region'), children: region },
                {
                  key: 'types',
                  label: t('types'),
                  children: (
                    <Typography.Paragraph ellipsis={{ rows: 3, expandable: true }} style={{ margin: 0 }}>
                      {content_types.join(', ')}
                    </Typography.Paragraph>
                  ),
                },
              ]}
            />
          )}
        </Asked>
      )}
    </Card>
  )
}
