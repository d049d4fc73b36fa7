import type { RoleGrant } from '@mchat/schema/roles'
import { Flex, Tag } from 'antd'
import { defineTexts, useTexts } from '../language/language.ts'
import { roleTexts } from './role-texts.ts'

const texts = defineTexts('role-tags', {
  en: { limited: '{{role}} in {{department}}' },
  'zh-CN': { limited: '{{role}}（{{department}}）' },
})

interface RoleTagsProps {
  readonly grants: readonly RoleGrant[]
  readonly departmentName: (departmentId: string) => string
}

/** Roles as they are held, with what they are limited to. */
export const RoleTags = ({ departmentName, grants }: RoleTagsProps) => {
  const t = useTexts(texts)
  const role = useTexts(roleTexts)
  return (
    <Flex gap={6} wrap>
      {grants.map((grant) => (
        <Tag key={`${grant.role} ${grant.department_id ?? ''}`} color="blue">
          {grant.department_id === undefined
            ? role(grant.role)
            : t('limited', { role: role(grant.role), department: departmentName(grant.department_id) })}
        </Tag>
      ))}
    </Flex>
  )
}
