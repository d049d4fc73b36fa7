import { Select } from 'antd'

interface WordsSelectProps {
  readonly most: number
  readonly id?: string
  readonly value?: string[]
  readonly onChange?: (words: string[]) => void
}

/** Words that are typed, such as skills; each is one when Enter is pressed. Fits into a `Form.Item`. */
export const WordsSelect = ({ most, ...rest }: WordsSelectProps) => (
  <Select<string[]>
    {...rest}
    mode="tags"
    maxCount={most}
    open={false}
    suffixIcon={null}
    tokenSeparators={[',', '，', '\n']}
  />
)
