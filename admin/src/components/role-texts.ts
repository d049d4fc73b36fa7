import { defineTexts } from '../language/language.ts'

/** What roles are called, and what they are for. */
export const roleTexts = defineTexts('roles', {
  en: {
    owner: 'Owner',
    ownerAbout: 'Everything. At least one must remain.',
    admin: 'Administrator',
    adminAbout: 'Everything but the audit log.',
    hr: 'Human resources',
    hrAbout: 'People and departments, everywhere or in one department and what is below it.',
    agent_manager: 'Agent manager',
    agent_managerAbout: 'AI agents.',
    auditor: 'Auditor',
    auditorAbout: 'Reads the audit log.',
    member: 'Member',
    memberAbout: 'Everybody has it.',
  },
  'zh-CN': {
    owner: '所有者',
    ownerAbout: '全部权限，至少须保留一人。',
    admin: '管理员',
    adminAbout: '除审计日志外的全部权限。',
    hr: '人力资源',
    hrAbout: '管理人员与部门，范围为全组织，或某部门及其下级。',
    agent_manager: '智能体管理员',
    agent_managerAbout: '管理 AI 智能体。',
    auditor: '审计员',
    auditorAbout: '查看审计日志。',
    member: '成员',
    memberAbout: '人人拥有。',
  },
})
