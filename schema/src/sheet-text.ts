import type { RoleGrant } from './roles.ts'

/** Several texts as one, for a cell of a spreadsheet; what separates them, or would be trimmed, is written with a backslash. */
export const joined = (texts: readonly string[], separator: ';' | '/'): string =>
  texts
    .map((text) => text.replaceAll(separator === ';' ? /[\\;]|^\s|\s$/g : /[\\/]|^\s|\s$/g, '\\$&'))
    .join(separator === ';' ? '; ' : separator)

/** What `joined` was given; blanks around each and empty ones are passed over. */
export const separated = (text: string, separator: ';' | '/'): string[] =>
  (text.match(separator === ';' ? /(?:\\.|[^\\;])+|\\$/gs : /(?:\\.|[^\\/])+|\\$/gs) ?? [])
    .map((part) => part.replace(/^\s+/, '').replace(/(?<!\\)\s+$/, ''))
    .map((part) => part.replaceAll(/\\(.)/gs, '$1'))
    .filter((part) => part !== '')

/** `hr@dept_1; auditor` */
export const rolesText = (roles: readonly RoleGrant[]): string =>
  roles.map(({ role, department_id }) => (department_id === undefined ? role : `${role}@${department_id}`)).join('; ')

/** As they are written; whether there are such roles is for others to say. */
export const rolesIn = (text: string): { role: string; department_id?: string }[] =>
  text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [role = '', ...place] = part.split('@')
      return place.length === 0 ? { role } : { role, department_id: place.join('@').trim() }
    })
