import type { EmployeeColumn } from '@mchat/schema/employee-columns'

/** How personnel systems head their columns, without blanks and punctuation. */
const NAMES: Readonly<Record<EmployeeColumn, readonly string[]>> = {
  employee_id:
    'employeeid employeeno employeenumber employeenr employeecode emp empid empno empnumber empcode staffid staffno staffnumber staffcode personnelid personnelno personnelnumber personnelnr personnelcode personid workerid workerno payrollno payrollnumber userid username id 工号 员工工号 员工编号 员工编码 员工代码 员工id 员工号 人员编号 人员编码 人员工号 人员id 人事编号 职工号 职工编号 职工工号 职员编号 雇员编号 用户id 账号'.split(
      ' ',
    ),
  name: 'name fullname displayname employeename 姓名 名字 员工姓名 名称'.split(' '),
  department_id: 'departmentid deptid 部门id 部门编号 部门编码'.split(' '),
  department: 'department dept team departmentpath 部门 所属部门 部门名称 部门路径'.split(' '),
  manager_id:
    'managerid managerno managernumber manager linemanager linemanagerid reportsto supervisor supervisorid supervisorno leader 上级 上级id 上级工号 上级编号 直属上级 直属上级id 直属上级工号 主管工号 经理工号 主管 直属主管 经理 直属经理 直接上级 汇报对象'.split(
      ' ',
    ),
  skills_badge: 'skillsbadge skills skill tags 技能 技能标签 标签'.split(' '),
  roles: 'roles role 角色 系统角色'.split(' '),
  status: 'status state 状态 在职状态 员工状态'.split(' '),
}

const plain = (header: string): string =>
  header
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\([^)]*\)/g, '')
    .replaceAll(/[\s_\-*:./#]/g, '')

/** What each column is, as far as its header says; null: nothing that is imported. No two are the same. */
export const guessColumns = (headers: readonly string[]): readonly (EmployeeColumn | null)[] => {
  const taken = new Set<EmployeeColumn>()
  return headers.map((header) => {
    const name = plain(header)
    const found = (Object.keys(NAMES) as EmployeeColumn[]).find(
      (column) => NAMES[column].includes(name) && !taken.has(column),
    )
    if (found !== undefined) taken.add(found)
    return found ?? null
  })
}
