import { Form, Input } from 'antd'
import { useAgentSetSecret } from '../../calls/agent-set-secret.ts'
import { useEmployeeCreate } from '../../calls/employee-create.ts'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { useAttempt } from '../../components/use-attempt.ts'
import { useFieldRules } from '../../components/use-field-rules.ts'
import { useSignedIn } from '../../connection/connection-context.tsx'
import { useTexts } from '../../language/language.ts'
import type { CreatedAgent } from './created-agent.tsx'
import { IdentityFields } from './identity-fields.tsx'
import { fieldNameOf, type ProfileValues, profileOf } from './profile-values.ts'
import { ReachFields } from './reach-fields.tsx'
import { agentTexts } from './texts.ts'

interface CreateValues extends ProfileValues {
  readonly employee_id?: string
  readonly key?: string
}
interface CreateAgentProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onCreated: (created: CreatedAgent) => void
}

export const CreateAgent = ({ isOpen, onClose, onCreated }: CreateAgentProps) => {
  const t = useTexts(agentTexts)
  const { employeeId } = useSignedIn()
  const [form] = Form.useForm<CreateValues>()
  const attempt = useAttempt()
  const create = useEmployeeCreate()
  const setSecret = useAgentSetSecret()
  const rules = useFieldRules()

  return (
    <FormDrawer<CreateValues, CreatedAgent>
      title={t('create')}
      submitText={t('create')}
      width={600}
      isOpen={isOpen}
      form={form}
      initialValues={{
        connector: 'webhook',
        stream: true,
        group_policy: 'keyword',
        context: 'provided',
        manager_id: employeeId,
      }}
      nameOf={fieldNameOf}
      onClose={onClose}
      onSubmit={async ({ employee_id = '', key = '', ...values }) => {
        const { department_id, manager_id, name, skills_badge = [] } = values
        const answer = await create.mutateAsync({
          name: name.trim(),
          is_ai_agent: true,
          agent_profile: profileOf(values),
          skills_badge,
          ...(employee_id.trim() === '' ? {} : { employee_id: employee_id.trim() }),
          ...(manager_id == null ? {} : { manager_id }),
          ...(department_id == null ? {} : { department_id }),
        })
        const { connector } = values
        const secret =
          connector === 'openai' && key.trim() !== '' ? { kind: 'api_key' as const, secret: key.trim() } : undefined
        // The agent is there: made again because its key was refused it would be a second one.
        const isKeySet =
          secret !== undefined &&
          (await attempt(() => setSecret.mutateAsync({ employee_id: answer.employee_id, ...secret }))) !== undefined
        return { ...answer, connector, isKeySet }
      }}
      onDone={onCreated}
    >
      <IdentityFields />
      <ReachFields hasKey />
      <Form.Item name="employee_id" label={t('agentId')} extra={t('agentIdAbout')} rules={[rules.id]}>
        <Input spellCheck={false} />
      </Form.Item>
    </FormDrawer>
  )
}
