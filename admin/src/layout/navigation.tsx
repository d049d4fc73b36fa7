import {
  ApartmentOutlined,
  AuditOutlined,
  DashboardOutlined,
  MessageOutlined,
  NotificationOutlined,
  RobotOutlined,
  SafetyCertificateOutlined,
  SettingOutlined,
  TeamOutlined,
} from '@ant-design/icons'
import type { Permission } from '@mchat/schema/roles'
import type { ReactNode } from 'react'
import { defineTexts } from '../language/language.ts'

export const navigationTexts = defineTexts('navigation', {
  en: {
    overview: 'Overview',
    organisation: 'Organisation',
    groups: 'Groups',
    agents: 'AI agents',
    permissions: 'Permissions',
    audit: 'Audit log',
    announcements: 'Announcements',
    settings: 'Settings',
    playground: 'Playground',
  },
  'zh-CN': {
    overview: '概览',
    organisation: '组织架构',
    groups: '群组',
    agents: 'AI 智能体',
    permissions: '权限',
    audit: '审计日志',
    announcements: '公告',
    settings: '设置',
    playground: '对话体验',
  },
})

interface NavigationEntry {
  readonly key: keyof typeof navigationTexts.en
  readonly icon: ReactNode
  /** Offered to whoever holds one of these; empty: to everybody. */
  readonly permissions: readonly Permission[]
}

export const NAVIGATION: readonly NavigationEntry[] = [
  { key: 'overview', icon: <DashboardOutlined aria-hidden />, permissions: ['system.manage'] },
  { key: 'organisation', icon: <ApartmentOutlined aria-hidden />, permissions: [] },
  { key: 'groups', icon: <TeamOutlined aria-hidden />, permissions: [] },
  { key: 'agents', icon: <RobotOutlined aria-hidden />, permissions: ['agent.manage'] },
  { key: 'permissions', icon: <SafetyCertificateOutlined aria-hidden />, permissions: ['org.manage', 'agent.manage'] },
  { key: 'audit', icon: <AuditOutlined aria-hidden />, permissions: ['audit.read'] },
  { key: 'announcements', icon: <NotificationOutlined aria-hidden />, permissions: ['system.manage'] },
  { key: 'settings', icon: <SettingOutlined aria-hidden />, permissions: ['system.manage'] },
  { key: 'playground', icon: <MessageOutlined aria-hidden />, permissions: [] },
]
