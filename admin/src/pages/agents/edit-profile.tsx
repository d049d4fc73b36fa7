import type { Employee } from '@mchat/sdk'
import { RequestRejectedError } from '@mchat/sdk'
import { App, Form, Typography } from 'antd'
import { type ReactNode, useState } from 'react'
import { useEmployeeUpdate } from '../../calls/employee-update.ts'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { useTexts } from '../../language/language.ts'
import { AllowedFields, HandoverFields, LimitFields, TriggerFields } from './conduct-fields.tsx'
import { IdentityFields } from './identity-fields.tsx'
import { profileTexts } from './profile-texts.ts'
import { fieldNameOf, type ProfileValues, updatesOf, valuesOf } from './profile-values.ts'
import { ReachFields } from './reach-fields.tsx'

interface EditProfileProps {
  readonly agent: Employee
  readonly onClose: () => void
}

const Section = ({ children, title }: { readonly title: string; readonly children: ReactNode }) => (
  <section aria-label={title} style={{ marginBottom: 24 }}>
    <Typography.Title level={2} style={{ fontSize: 16, marginBottom: 12 }}>
      {title}
    </Typography.Title>
    {children}
  </section>
)

/** To be there only while it is open: what it began with stays, so that it notices what others change meanwhile. */
export const EditProfile = ({ agent: now, onClose }: EditProfileProps) => {
  const [agent] = useState(now)
  const t = useTexts(profileTexts)
  const { message } = App.useApp()
  const [form] = Form.useForm<ProfileValues>()
  const update = useEmployeeUpdate()
  return (
    <FormDrawer<ProfileValues>
      title={t('editTitle', { name: agent.name })}
      width={640}
      isOpen
      form={form}
      initialValues={valuesOf(agent)}
      nameOf={fieldNameOf}
      onClose={onClose}
      onSubmit={async (values) => {
        try {
          await update.mutateAsync({
            employee_id: agent.employee_id,
            updates: updatesOf(values, agent),
            if_version: agent.version,
          })
        } catch (error) {
          if (error instanceof RequestRejectedError && error.reason === 'version_conflict')
            throw new Error(t('changedMeanwhile'), { cause: error })
          throw error
        }
        void message.success(t('saved'))
      }}
    >
      <Section title={t('identity')}>
        <IdentityFields />
      </Section>
      <Section title={t('reach')}>
        <ReachFields />
      </Section>
      <Section title={t('triggers')}>
        <TriggerFields />
      </Section>
      <Section title={t('who')}>
        <AllowedFields />
      </Section>
      <Section title={t('limits')}>
        <LimitFields />
      </Section>
      <Section title={t('handover')}>
        <HandoverFields />
      </Section>
    </FormDrawer>
  )
}
