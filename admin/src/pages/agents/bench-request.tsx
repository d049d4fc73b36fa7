import { Flex, Tag, Typography, theme } from 'antd'
import type { AgentTesting } from '../../calls/agent-test.ts'
import { useTexts } from '../../language/language.ts'
import { operationTexts } from './operations-texts.ts'

/** Easier to read; what was signed is the text as it is in `body`. */
const indented = (body: string): string => {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    // What was cut is shown as it is.
    return body
  }
}

/** A call as it was sent, as in a log of HTTP. */
export const BenchRequest = ({ request }: Pick<AgentTesting, 'request'>) => {
  const t = useTexts(operationTexts)
  const { token } = theme.useToken()
  if (request === undefined) return <Typography.Text type="secondary">{t('requestNone')}</Typography.Text>
  const headers = Object.entries(request.headers)
  const box = {
    margin: 0,
    padding: 12,
    borderRadius: token.borderRadius,
    background: token.colorFillQuaternary,
    fontSize: 12.5,
    lineHeight: 1.6,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  } as const
  return (
    <Flex vertical gap={12}>
      <Flex gap={8} align="start">
        <Tag color="blue">{request.method}</Tag>
        <Typography.Text code copyable style={{ overflowWrap: 'anywhere', minWidth: 0 }}>
          {request.url}
        </Typography.Text>
      </Flex>
      {headers.length > 0 && (
        <section aria-label={t('headers')}>
          <Typography.Text type="secondary">{t('headers')}</Typography.Text>
          <dl style={{ ...box, marginTop: 4 }}>
            {headers.map(([name, value]) => (
              <div key={name}>
                <dt style={{ display: 'inline', fontWeight: 600 }}>{name}: </dt>
                <dd style={{ display: 'inline', margin: 0 }}>{value}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <section aria-label={t('body')}>
        <Flex justify="space-between">
          <Typography.Text type="secondary">{t('body')}</Typography.Text>
          <Typography.Text copyable={{ text: request.body }} />
        </Flex>
        <pre style={{ ...box, marginTop: 4 }}>{indented(request.body)}</pre>
      </section>
      <Typography.Text type="secondary" style={{ fontSize: 12.5 }}>
        {t('requestSecret')}
      </Typography.Text>
    </Flex>
  )
}
