import { LIMITS } from '@mchat/schema/limits'
import { useCallback } from 'react'
import { useErrorText } from '../../calls/error-text.ts'
import { useFieldErrorText } from '../../calls/field-rule-texts.ts'
import { defineTexts, useTexts } from '../../language/language.ts'
import { FileProblem } from './file-problem.ts'
import type { RowProblem } from './plan-rows.ts'

const fileTexts = defineTexts('import-file-problems', {
  en: {
    too_large: 'The file is larger than {{limit}} MB. Divide it into several.',
    old_excel: 'This is a workbook of Excel 97 to 2003. Save it as XLSX or CSV and choose it again.',
    not_text: 'This is neither a CSV nor an XLSX file.',
    encoding: 'The characters of this file cannot be read. Save it as “CSV UTF-8” or as XLSX.',
    quotes: 'Row {{row}}: a quotation mark is not closed, or stands in the middle of a cell.',
    too_wide: 'Row {{row}} goes on to column {{column}}, but there are only {{limit}} headers.',
    empty: 'The file is empty.',
    no_rows: 'The file has a header, but no rows below it.',
    too_many_rows: 'The file has {{rows}} rows; {{limit}} can be imported at once. Divide it into several.',
    too_many_columns: 'The file has {{columns}} columns; {{limit}} can be read.',
    inflates: 'Unpacked, this workbook is far larger than a table of people can be. It was not opened.',
    broken_xlsx: 'This workbook is damaged, or is not an XLSX file.',
    far_cell:
      'There is a cell at {{cell}}, far outside of a table of people. Delete the empty rows and columns around it.',
    bad_cell: 'The cell {{cell}} is damaged.',
    no_value:
      'The cell {{cell}} holds an error, or a formula without a result. Open the file in a spreadsheet program, mend it and save it.',
  },
  'zh-CN': {
    too_large: '文件超过 {{limit}} MB，请拆分为多个文件。',
    old_excel: '这是 Excel 97-2003 工作簿，请另存为 XLSX 或 CSV 后重新选择。',
    not_text: '该文件既不是 CSV，也不是 XLSX。',
    encoding: '无法识别文件的字符编码，请另存为“CSV UTF-8”或 XLSX。',
    quotes: '第 {{row}} 行：引号未闭合，或出现在单元格中间。',
    too_wide: '第 {{row}} 行延伸到 {{column}} 列，但表头只有 {{limit}} 列。',
    empty: '文件为空。',
    no_rows: '文件只有表头，没有数据行。',
    too_many_rows: '文件共 {{rows}} 行，一次最多导入 {{limit}} 行，请拆分为多个文件。',
    too_many_columns: '文件共 {{columns}} 列，最多可读取 {{limit}} 列。',
    inflates: '该工作簿解压后远超人员表应有的大小，未予打开。',
    broken_xlsx: '该工作簿已损坏，或不是 XLSX 文件。',
    far_cell: '单元格 {{cell}} 远在表格范围之外，请删除多余的空行和空列。',
    bad_cell: '单元格 {{cell}} 已损坏。',
    no_value: '单元格 {{cell}} 为错误值，或公式没有计算结果。请用电子表格软件打开，修正后重新保存。',
  },
})

const rowTexts = defineTexts('import-row-problems', {
  en: {
    repeated: 'The same id is in row {{rows}}.',
    circle: 'The line of managers leads back here, through row {{rows}}.',
    circleElsewhere: 'The line of managers leads back here.',
    manager: 'Nobody active has this id, and no row that can be imported.',
    department: 'There is no such department.',
    departmentDiffers: 'This is not the department that the id names. Leave one of the two empty.',
    departmentUnclear: 'Several departments are called that. Say which by its id.',
    namesake: 'Somebody in this department has this name. Give an employee id: theirs, or a new one.',
    idTaken: 'This id is taken.',
    nameRequired: 'Somebody new needs a name.',
    peopleOnly: 'This is an AI agent. Agents are not imported.',
    change: 'This is changed on the page of the person, where a second factor is asked for.',
    newIsActive: 'Whoever is here already keeps their status, and somebody new is active.',
    id: 'An id has 1 to 64 letters, digits, dots, hyphens and underscores, and begins with a letter or digit.',
    name: 'A name is one line of 1 to {{limit}} characters.',
    roles: 'Roles are written as in “hr@dept_1; auditor”.',
    skills: 'At most {{limit}} skills, divided by semicolons.',
    notManaged: 'You do not manage the people there.',
    covers: 'You cannot give roles that you do not hold yourself.',
    tooLarge: 'There is too much in this row.',
  },
  'zh-CN': {
    repeated: '与第 {{rows}} 行的工号相同。',
    circle: '上级关系经由第 {{rows}} 行又回到此人。',
    circleElsewhere: '上级关系又回到此人。',
    manager: '没有使用此工号的在职人员，也没有可导入的对应行。',
    department: '没有此部门。',
    departmentDiffers: '与部门 ID 指向的部门不一致，请留空其一。',
    departmentUnclear: '有多个同名部门，请用部门 ID 指明。',
    namesake: '该部门已有同名人员，请填写工号：其现有工号，或新的工号。',
    idTaken: '此工号已被占用。',
    nameRequired: '新人员须填写姓名。',
    peopleOnly: '这是 AI 智能体，不能导入。',
    change: '请在该人员的页面修改，修改时需要二次验证。',
    newIsActive: '已有人员的状态保持不变，新人员均为在职。',
    id: 'ID 为 1 至 64 个字母、数字、点、连字符或下划线，并以字母或数字开头。',
    name: '姓名为一行，1 至 {{limit}} 个字符。',
    roles: '角色的写法如“hr@dept_1; auditor”。',
    skills: '最多 {{limit}} 项技能，以分号分隔。',
    notManaged: '您不管理该处的人员。',
    covers: '不能授予您自己没有的角色。',
    tooLarge: '此行内容过多。',
  },
})

export const useFileProblemText = (): ((error: unknown) => string) => {
  const t = useTexts(fileTexts)
  const textOf = useErrorText()
  return (error) => (error instanceof FileProblem ? t(error.kind, error.values) : textOf(error))
}

/** The column that a problem is about: `roles[0].role` is about `roles`. */
export const fieldOf = ({ field }: RowProblem): string => field.split(/[.[]/)[0] ?? field

type RowText = keyof typeof rowTexts.en

/** By what it is about and the rule, as employee.import names them. */
const KNOWN: Readonly<Record<string, RowText>> = {
  'employee_id unique': 'idTaken',
  'employee_id id_taken': 'idTaken',
  'employee_id people_only': 'peopleOnly',
  'employee_id pattern': 'id',
  'name unique': 'namesake',
  'name required': 'nameRequired',
  'name pattern': 'name',
  'name maxLength': 'name',
  'name too_large': 'tooLarge',
  'department exists': 'department',
  'department same': 'departmentDiffers',
  'department unique': 'departmentUnclear',
  'department_id exists': 'department',
  'department_id pattern': 'id',
  'department_id anyOf': 'id',
  'manager_id exists': 'manager',
  'manager_id pattern': 'id',
  'manager_id anyOf': 'id',
  'manager_id manager_cycle': 'circleElsewhere',
  'roles challenge_required': 'change',
  'status challenge_required': 'newIsActive',
  'skills_badge maxItems': 'skills',
}

const known = (problem: RowProblem): RowText | undefined => {
  const field = fieldOf(problem)
  if (problem.rule.startsWith('manages_')) return 'notManaged'
  if (problem.rule.startsWith('covers_')) return 'covers'
  const text = KNOWN[`${field} ${problem.rule}`]
  return text ?? (field === 'roles' && ['enum', 'anyOf', 'pattern'].includes(problem.rule) ? 'roles' : undefined)
}

const LIMIT: Readonly<Partial<Record<RowText, number>>> = { name: LIMITS.nameChars, skills: LIMITS.skills }
/** A line of managers may be longer than anybody reads. */
const NAMED_ROWS = 10

export const useRowProblemText = (): ((problem: RowProblem) => string) => {
  const t = useTexts(rowTexts)
  const fieldText = useFieldErrorText()
  return useCallback(
    (problem) => {
      const { rows = [], rule } = problem
      const named = rows.slice(0, NAMED_ROWS).join(', ') + (rows.length > NAMED_ROWS ? ' …' : '')
      if (rule === 'repeated') return t('repeated', { rows: named })
      if (rule === 'manager_cycle' && rows.length > 0) return t('circle', { rows: named })
      const text = known(problem)
      return text === undefined ? fieldText(problem) : t(text, { limit: LIMIT[text] ?? 0 })
    },
    [fieldText, t],
  )
}
