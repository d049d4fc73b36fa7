export type FileProblemKind =
  | 'too_large'
  | 'old_excel'
  | 'not_text'
  | 'encoding'
  | 'quotes'
  | 'too_wide'
  | 'empty'
  | 'no_rows'
  | 'too_many_rows'
  | 'too_many_columns'
  | 'inflates'
  | 'broken_xlsx'
  | 'far_cell'
  | 'bad_cell'
  | 'no_value'

/** Why a file cannot be read as a table of people, with the row and the cell as a spreadsheet calls them. */
export class FileProblem extends Error {
  override readonly name: string = 'FileProblem'
  readonly kind: FileProblemKind
  readonly values: Readonly<Record<string, string | number>>

  constructor(kind: FileProblemKind, values: Readonly<Record<string, string | number>> = {}) {
    super(kind)
    this.kind = kind
    this.values = values
  }
}
