import type { Permission } from '@mchat/schema/roles'
import { Flex, Typography } from 'antd'
import { type ReactNode, useEffect } from 'react'
import { usePermissions } from '../connection/connection-context.tsx'
import { NoPermission } from './page-states.tsx'

interface PageProps {
  readonly title: string
  /** One sentence: what can be done here. */
  readonly about?: ReactNode
  /** Buttons, beside the title. */
  readonly actions?: ReactNode
  /** Who sees the page: whoever holds one of these; absent: everybody. */
  readonly permissions?: readonly Permission[]
  readonly children: ReactNode
}

/** The frame of every page: its title, what can be done, and its content for those who may see it. */
export const Page = ({ about, actions, children, permissions, title }: PageProps) => {
  const own = usePermissions()
  useEffect(() => {
    document.title = `${title} · MChat`
  }, [title])
  if (permissions !== undefined && !permissions.some((permission) => own.has(permission)))
    return <NoPermission permission={permissions.join(' / ')} />
  return (
    <Flex vertical gap={16} style={{ minHeight: '100%' }}>
      <Flex justify="space-between" align="flex-start" gap={12} wrap>
        <div>
          <Typography.Title level={1} style={{ margin: 0, fontSize: 22, lineHeight: 1.4 }}>
            {title}
          </Typography.Title>
          {about !== undefined && (
            <Typography.Text type="secondary" style={{ display: 'block', marginTop: 2 }}>
              {about}
            </Typography.Text>
          )}
        </div>
        {actions !== undefined && (
          <Flex gap={8} wrap>
            {actions}
          </Flex>
        )}
      </Flex>
      {children}
    </Flex>
  )
}
