import { SendOutlined, StopOutlined } from '@ant-design/icons'
import { LIMITS } from '@mchat/schema/limits'
import type { Employee } from '@mchat/sdk'
import { Alert, Button, Card, Col, Flex, Form, Input, Row } from 'antd'
import { useAgentTest } from '../../calls/agent-test.ts'
import { useTexts } from '../../language/language.ts'
import { BenchAnswer } from './bench-answer.tsx'
import { BenchRequest } from './bench-request.tsx'
import { operationTexts } from './operations-texts.ts'

/** Calls the agent with a sample message, and shows what went there and what comes back. */
export const AgentBench = ({ agent }: { readonly agent: Employee }) => {
  const t = useTexts(operationTexts)
  const { start, stop, testing } = useAgentTest()
  const [form] = Form.useForm<{ content: string }>()
  const profile = agent.agent_profile ?? {}
  const isReachable = profile.connector === 'mqtt' || profile.webhook_endpoint !== undefined
  if (!isReachable) return <Alert type="info" showIcon title={t('cannotTest')} />
  const send = ({ content }: { readonly content: string }): void => {
    void start(agent.employee_id, content, profile.response_timeout ?? LIMITS.agentTimeoutSeconds)
  }
  return (
    <Flex vertical gap={16}>
      <Card>
        <Form
          name="agent-bench"
          form={form}
          layout="vertical"
          initialValues={{ content: t('sampleText') }}
          onFinish={send}
        >
          <Form.Item
            name="content"
            label={t('sample')}
            extra={t('sampleAbout')}
            rules={[{ required: true, whitespace: true, message: t('sample') }]}
          >
            <Input.TextArea rows={3} maxLength={4000} />
          </Form.Item>
          <Flex gap={8}>
            <Button type="primary" htmlType="submit" icon={<SendOutlined aria-hidden />} disabled={testing.isRunning}>
              {t('send')}
            </Button>
            {testing.isRunning && (
              <Button icon={<StopOutlined aria-hidden />} onClick={stop}>
                {t('stop')}
              </Button>
            )}
          </Flex>
        </Form>
      </Card>
      <Row gutter={[16, 16]}>
        <Col xs={24} lg={12}>
          <Card title={t('request')} style={{ height: '100%' }}>
            <BenchRequest request={testing.request} />
          </Card>
        </Col>
        <Col xs={24} lg={12}>
          <Card title={t('answer')} style={{ height: '100%' }}>
            <BenchAnswer testing={testing} />
          </Card>
        </Col>
      </Row>
    </Flex>
  )
}
