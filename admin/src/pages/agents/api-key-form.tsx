import { App, Form, Input } from 'antd'
import { useAgentSetSecret } from '../../calls/agent-set-secret.ts'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { useTexts } from '../../language/language.ts'
import { operationTexts } from './operations-texts.ts'

interface ApiKeyFormProps {
  readonly agentId: string
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** Replaces the key that a chat model is asked with. */
export const ApiKeyForm = ({ agentId, isOpen, onClose }: ApiKeyFormProps) => {
  const t = useTexts(operationTexts)
  const { message } = App.useApp()
  const [form] = Form.useForm<{ secret: string }>()
  const setSecret = useAgentSetSecret()
  return (
    <FormDrawer<{ secret: string }>
      title={t('setKey')}
      isOpen={isOpen}
      form={form}
      onClose={onClose}
      onSubmit={async ({ secret }) => {
        await setSecret.mutateAsync({ employee_id: agentId, kind: 'api_key', secret })
        void message.success(t('keySet'))
      }}
    >
      <Form.Item
        name="secret"
        label={t('keyLabel')}
        rules={[{ required: true, pattern: /^[\x21-\x7e]{8,512}$/, message: t('keyWrong') }]}
      >
        <Input.Password autoComplete="off" />
      </Form.Item>
    </FormDrawer>
  )
}
