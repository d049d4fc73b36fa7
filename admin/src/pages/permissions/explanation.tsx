import { CheckCircleFilled, CloseCircleFilled, MinusCircleOutlined } from '@ant-design/icons'
import type { OutputOf } from '@mchat/sdk'
import { Alert, Descriptions, Divider, Flex, Tag, Typography, theme } from 'antd'
import { useDepartmentList } from '../../calls/department-list.ts'
import { useEmployeeGet } from '../../calls/employee-get.ts'
import { reasonOfOthers } from '../../calls/reason-text.ts'
import { roleTexts } from '../../components/role-texts.ts'
import { WithCode } from '../../components/with-code.tsx'
import { useLanguage, useTexts } from '../../language/language.ts'
import { conditionTextOf, ruleTextOf } from './rule-texts.ts'
import { permissionTexts } from './texts.ts'

type Explained = OutputOf<'authz.explain'>

/** What a disabled account is answered. */
const DISABLED = 'session_revoked'

export const Explanation = ({ explained }: { readonly explained: Explained }) => {
  const t = useTexts(permissionTexts)
  const roleText = useTexts(roleTexts)
  const language = useLanguage()
  const { data: employee } = useEmployeeGet({ employee_id: explained.employee_id })
  const name = employee?.name ?? explained.employee_id
  const second = explained.sensitive ? t('second') : undefined
  const why = explained.reason === DISABLED ? t('disabled') : reasonOfOthers(explained.reason ?? undefined, language)
  return (
    <section aria-live="polite" style={{ marginTop: 24, maxWidth: 860 }}>
      <Alert
        type={explained.allowed ? 'success' : 'error'}
        showIcon
        title={explained.allowed ? t('allowed', { name }) : t('denied', { name })}
        description={explained.allowed ? second : why}
      />
      <Descriptions column={1} size="small" style={{ marginTop: 16 }}>
        <Descriptions.Item label={t('rule')}>
          <span>
            <WithCode text={ruleTextOf(explained, language)} /> <Typography.Text code>{explained.rule}</Typography.Text>
          </span>
        </Descriptions.Item>
        {explained.granted_by.length > 0 && (
          <Descriptions.Item label={t('because')}>
            {explained.granted_by.map(({ department_id, role }) => (
              <Tag key={`${role} ${department_id}`} color="blue">
                {roleText(role)}
                {department_id !== undefined && <Limit departmentId={department_id} />}
              </Tag>
            ))}
          </Descriptions.Item>
        )}
        {explained.reason !== null && (
          <Descriptions.Item label={t('refusedWith')}>
            <Typography.Text code>{explained.reason}</Typography.Text>
          </Descriptions.Item>
        )}
      </Descriptions>
      <Divider titlePlacement="start" plain>
        {t('ways')}
      </Divider>
      <Ways alternatives={explained.alternatives} />
      {explained.fields.length > 0 && (
        <>
          <Divider titlePlacement="start" plain>
            {t('fieldsOf')}
          </Divider>
          {explained.fields.map(({ alternatives, field }) => (
            <div key={field} style={{ marginBottom: 12 }}>
              <Typography.Text code>{field}</Typography.Text>
              <Ways alternatives={alternatives} />
            </div>
          ))}
        </>
      )}
    </section>
  )
}

const Limit = ({ departmentId }: { readonly departmentId: string }) => {
  const t = useTexts(permissionTexts)
  const { data } = useDepartmentList({})
  const department = data?.find(({ department_id }) => department_id === departmentId)?.name ?? departmentId
  return ` (${t('limited', { department })})`
}

const Ways = ({ alternatives }: { readonly alternatives: Explained['alternatives'] }) => {
  const t = useTexts(permissionTexts)
  const language = useLanguage()
  return (
    <Flex vertical gap={12}>
      {alternatives.map(({ conditions, met }, i) => (
        // Their order is all that tells them apart, and it does not change.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <Flex key={i} vertical gap={4}>
          <Flex gap={8} align="center">
            <Mark isMet={met} />
            <Typography.Text strong>{t('way', { n: i + 1 })}</Typography.Text>
          </Flex>
          {conditions.length === 0 && <Typography.Text type="secondary">{t('always')}</Typography.Text>}
          {conditions.map((condition) => (
            <Flex key={condition.condition} gap={8} align="center" style={{ paddingInlineStart: 22 }}>
              <Mark isMet={condition.met} />
              <Typography.Text>
                <WithCode text={conditionTextOf(condition, language)} />
              </Typography.Text>
            </Flex>
          ))}
        </Flex>
      ))}
    </Flex>
  )
}

/** @param isMet undefined: it was not looked at */
const Mark = ({ isMet }: { readonly isMet: boolean | undefined }) => {
  const t = useTexts(permissionTexts)
  const { token } = theme.useToken()
  const style = { color: isMet === true ? token.colorSuccess : token.colorTextTertiary }
  if (isMet === undefined) return <MinusCircleOutlined style={style} aria-label={t('notLookedAt')} />
  return isMet ? (
    <CheckCircleFilled style={style} aria-label={t('met')} />
  ) : (
    <CloseCircleFilled style={style} aria-label={t('notMet')} />
  )
}
