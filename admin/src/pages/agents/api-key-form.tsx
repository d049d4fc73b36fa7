import { App, Form, Input } from 'antd'
import { useAgentSetSecret } from '../../calls/agent-set-secret.ts'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { useFieldRules } from '../../components/use-field-rules.ts'
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
  const rules = useFieldRules()
  return (
    <FormDrawer<{ secret: string }>
      title={t('setKey')}
      isOpen={isOpen}
      form={form}
      onClose={onClose}
      onSubmit={async ({ secret }) => {
        await setSecret.mutateAsync({ employee_id: agentId, kind: 'api_key', secret: secret.trim() })
        void message.success(t('keySet'))
      }}
    >
      <Form.Item
        name="secret"
        label={t('keyLabel')}
        rules={[{ required: true, whitespace: true, message: t('keyMissing') }, rules.secret]}
      >
        <Input.Password autoComplete="off" />
      </Form.Item>
    </FormDrawer>
  )
}
