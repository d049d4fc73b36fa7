import { zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { MOMENT_MS, quickest } from '../../../tests/kit/quickest.ts'
import { xlsxFile, xlsxOf } from '../../../tests/kit/xlsx-file.ts'
import { FileProblem } from '../../src/pages/import/file-problem.ts'
import { guessColumns } from '../../src/pages/import/guess-columns.ts'
import { readFile } from '../../src/pages/import/read-file.ts'

const read = (content: string | Uint8Array) => readFile(new Blob([content as BlobPart]))
const problemOf = async (content: string | Uint8Array): Promise<readonly [string, object]> => {
  const error: unknown = await read(content).catch((reason: unknown) => reason)
  if (!(error instanceof FileProblem)) throw new Error(`no problem of the file: ${String(error)}`)
  return [error.kind, error.values]
}
const utf16 = (text: string, isLittle: boolean): Uint8Array => {
  const view = new DataView(new ArrayBuffer(text.length * 2))
  for (let i = 0; i < text.length; i += 1) view.setUint16(i * 2, text.charCodeAt(i), isLittle)
  return new Uint8Array(view.buffer)
}

describe('a table of people', () => {
  const expected = { headers: ['工号', '姓名'], rows: [{ number: 2, cells: ['zhang.wei', '张伟'] }] }
  const text = '工号,姓名\r\nzhang.wei,张伟\r\n'
  const gb18030 = Uint8Array.from([
    ...[0xb9, 0xa4, 0xba, 0xc5, 0x2c, 0xd0, 0xd5, 0xc3, 0xfb, 0x0d, 0x0a],
    ...new TextEncoder().encode('zhang.wei,'),
    ...[0xd5, 0xc5, 0xce, 0xb0, 0x0d, 0x0a],
  ])

  test.each([
    ['UTF-8', text],
    ['UTF-8 with a mark', `\uFEFF${text}`],
    ['GB18030, as Excel in China writes it', gb18030],
    ['UTF-16 with a mark and tabs, as Excel calls Unicode text', utf16(`\uFEFF${text.replaceAll(',', '\t')}`, true)],
    ['UTF-16 of the other order', utf16(`\uFEFF${text}`, false)],
    ['UTF-16 without a mark', utf16(text, true)],
    ['semicolons', text.replaceAll(',', ';')],
    ['a first line for Excel alone', `sep=;\r\n${text.replaceAll(',', ';')}`],
    [
      'XLSX',
      xlsxFile([
        ['工号', '姓名'],
        ['zhang.wei', '张伟'],
      ]),
    ],
  ])('is read as it was written: %s', async (_name, content) => {
    expect(await read(content)).toEqual(expected)
  })

  test('quotes, empty lines and lists of skills are what they are in a spreadsheet', async () => {
    const sheet = await read('\r\nname,skills\r\n\r\n"Li, ""Na""\nof Sales",sql; charts; c\r\nBen\r\n')
    expect(sheet).toEqual({
      headers: ['name', 'skills'],
      rows: [
        { number: 4, cells: ['Li, "Na"\nof Sales', 'sql; charts; c'] },
        { number: 5, cells: ['Ben', ''] },
      ],
    })
  })

  test('cells of XLSX are what would be typed: long ids, fractions, yes and no, dates', async () => {
    const cells =
      '<c r="A2"><v>20240000000000000017</v></c><c r="B2"><v>1.1000000000000001</v></c><c r="D2" t="b"><v>1</v></c>'
    const titles = ['a', 'b', 'c', 'd'].map(
      (name, i) => `<c r="${'ABCD'[i]}1" t="inlineStr"><is><t>${name}</t></is></c>`,
    )
    const { rows } = await read(xlsxOf(`<row r="1">${titles.join('')}</row><row r="2">${cells}</row>`))
    expect(rows).toEqual([{ number: 2, cells: ['20240000000000000017', '1.1', '', 'TRUE'] }])
  })
})

test('formulas are what they have come to, nothing included', async () => {
  const title = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="C1"><v>3</v></c></row>'
  const cells =
    '<c r="A2" t="str"><f>"An"&amp;"n"</f><v>Ann</v></c><c r="B2"><f>1+1</f><v>2</v></c><c r="C2" t="str"><f>""</f><v></v></c>'
  const { rows } = await read(xlsxOf(`${title}<row r="2">${cells}</row>`))
  expect(rows).toEqual([{ number: 2, cells: ['Ann', '2', ''] }])
})

describe('what is no table of people is refused with the place', () => {
  const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52])
  const header = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
  const formula = (rest: string): Uint8Array =>
    xlsxOf(`${header}<row r="2"><c r="A2"/><c r="B2" ${rest}</c><c r="A3"><v>1</v></c></row>`)
  const cell = (place: string): string => `<row r="1"><c r="${place}"><v>1</v></c></row>`
  test.each<[string, string | Uint8Array, string, object]>([
    ['nothing', '', 'empty', {}],
    ['headers alone', 'name,id\r\n', 'no_rows', {}],
    ['a picture', png, 'not_text', {}],
    ['bytes of no encoding', Uint8Array.from([0x6e, 0x2c, 0xff, 0xff, 0x0a]), 'encoding', {}],
    ['Excel until 2007', Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1]), 'old_excel', {}],
    ['a quote that does not close', 'name,id\r\nAnn,1\r\n"Ben,2\r\nCy,3\r\n', 'quotes', { row: 3 }],
    ['a cell beyond the headers', 'name,id\r\nAnn,1\r\nBen,2,x\r\n', 'too_wide', { row: 3, column: 'C', limit: 2 }],
    ['too much', new Uint8Array(5 * 1024 * 1024 + 1), 'too_large', { limit: 5 }],
    ['too many rows', `name\r\n${'Ann\r\n'.repeat(20_001)}`, 'too_many_rows', { rows: 20_001, limit: 20_000 }],
    ['too many columns', `${'a,'.repeat(65)}b\r\n1\r\n`, 'too_many_columns', { columns: 66, limit: 64 }],
    ['half an archive', xlsxFile([['name'], ['Ann']]).slice(0, 300), 'broken_xlsx', {}],
    ['an archive of something else', zipSync({ 'a.txt': Uint8Array.of(1) }), 'broken_xlsx', {}],
    ['a sheet that ends in the middle', xlsxOf('<row r="1"><c r="A1"><v>1'), 'broken_xlsx', {}],
    ['a text that is not there', xlsxOf('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'), 'bad_cell', { cell: 'A1' }],
    ['a sheet of 60 MB in 60 kB', zipSync({ 'xl/worksheets/sheet1.xml': new Uint8Array(60e6) }), 'inflates', {}],
    ['an error', formula('t="e"><f>1/0</f><v>#DIV/0!</v>'), 'no_value', { cell: 'B2' }],
    ['a formula that was never calculated', formula('><f>A1</f>'), 'no_value', { cell: 'B2' }],
    [
      'an error whose cell ends with a space',
      xlsxOf(`${header}<row r="2"><c r="A2" t="e" ></c ></row>`),
      'no_value',
      { cell: 'A2' },
    ],
    ['a formula with nothing for a result', formula('><f>A1</f><v></v>'), 'no_value', { cell: 'B2' }],
    [
      'a table of Western Europe',
      Uint8Array.from([...'name\r\nM\u00fcller\r\nCr\u00e8me\r\n'].map((letter) => letter.charCodeAt(0))),
      'encoding',
      {},
    ],
    ['a cell in the last column', xlsxOf(cell('XFD1')), 'far_cell', { cell: 'XFD1' }],
    ['a cell in the last row', xlsxOf(cell('A1048576')), 'far_cell', { cell: 'A1048576' }],
    ['a place that is none', xlsxOf(cell('&#88;FD1')), 'broken_xlsx', {}],
  ])('%s', async (_name, content, kind, values) => {
    expect(await problemOf(content)).toEqual([kind, values])
  })
})

test.each([
  ['cells that do not end', '<c>'],
  ['cells that do not end, each of a prefix of its own', (i: number) => `<p${i}:c>`],
  ['cells that do not even begin', '<c '],
])('%s are refused in a moment', async (_name, part) => {
  const parts = Array.from({ length: 200_000 }, (_, i) => (typeof part === 'string' ? part : part(i)))
  const file = xlsxOf(parts.join(''))
  expect(await quickest(() => problemOf(file))).toBeLessThan(MOMENT_MS)
})

describe('columns', () => {
  test('are guessed by their headers in English and Chinese, each once', () => {
    expect(guessColumns(['Employee ID', 'Full name', 'Dept.', 'Reports to', 'Skills', 'Phone', 'Name'])).toEqual([
      'employee_id',
      'name',
      'department',
      'manager_id',
      'skills_badge',
      null,
      null,
    ])
    expect(guessColumns(['工号', '姓名（必填）', '所属部门', '直属上级', '角色', '手机', '状态'])).toEqual([
      'employee_id',
      'name',
      'department',
      'manager_id',
      'roles',
      null,
      'status',
    ])
    const ids =
      'Staff no|Staff No.|STAFF_NUMBER|Employee number|Emp #|Personnel number|员工编号|人员编号|职工号（必填）'
    for (const header of ids.split('|')) expect(guessColumns([header, 'Phone'])).toEqual(['employee_id', null])
  })
})
