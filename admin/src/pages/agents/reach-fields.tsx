import { LIMITS } from '@mchat/schema/limits'
import { Flex, Form, Input, Radio, Switch, Typography } from 'antd'
import { useFieldRules } from '../../components/use-field-rules.ts'
import { useTexts } from '../../language/language.ts'
import { profileTexts } from './profile-texts.ts'
import { CONNECTORS } from './profile-values.ts'

const ENDPOINT = /^https?:\/\/[^\s@]+$/

/** How an agent is reached, of a form with `connector`. */
export const ReachFields = ({ hasKey = false }: { readonly hasKey?: boolean }) => {
  const t = useTexts(profileTexts)
  const connector: unknown = Form.useWatch('connector')
  const isModel = connector === 'openai'
  const rules = useFieldRules()
  return (
    <>
      <Form.Item name="connector" label={t('connector')}>
        <Radio.Group style={{ width: '100%' }}>
          <Flex vertical gap={8}>
            {CONNECTORS.map((value) => (
              <Radio key={value} value={value}>
                {t(value)}
                <Typography.Text type="secondary" style={{ display: 'block', fontSize: 13 }}>
                  {t(`${value}About`)}
                </Typography.Text>
              </Radio>
            ))}
          </Flex>
        </Radio.Group>
      </Form.Item>
      {connector !== 'mqtt' && (
        <Form.Item
          name="webhook_endpoint"
          label={isModel ? t('baseUrl') : t('endpoint')}
          extra={isModel ? t('baseUrlAbout') : t('endpointAbout')}
          rules={[
            { required: true, message: t('endpointMissing') },
            { pattern: ENDPOINT, message: t('endpointWrong') },
          ]}
        >
          <Input type="url" maxLength={LIMITS.agentEndpointChars} spellCheck={false} placeholder="https://" />
        </Form.Item>
      )}
      {isModel && hasKey && (
        <Form.Item name="key" label={t('key')} extra={t('keyAbout')} rules={[rules.secret]}>
          <Input.Password autoComplete="off" />
        </Form.Item>
      )}
      <Form.Item
        name="model_type"
        label={isModel ? t('model') : t('modelType')}
        extra={isModel ? t('modelAbout') : t('modelTypeAbout')}
      >
        <Input maxLength={LIMITS.nameChars} spellCheck={false} />
      </Form.Item>
      {isModel && (
        <Form.Item name="system_prompt" label={t('prompt')} extra={t('promptAbout')}>
          <Input.TextArea rows={6} maxLength={LIMITS.systemPromptChars} showCount />
        </Form.Item>
      )}
      <Form.Item name="stream" label={t('stream')} extra={t('streamAbout')} valuePropName="checked">
        <Switch />
      </Form.Item>
    </>
  )
}
