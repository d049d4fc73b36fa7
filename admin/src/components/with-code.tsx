import { Typography } from 'antd'

/** What stands between backticks is written as it is in requests. */
export const WithCode = ({ text }: { readonly text: string }) =>
  text.split('`').map((part, i) =>
    i % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: they never change places
      <Typography.Text key={i} code>
        {part}
      </Typography.Text>
    ) : (
      part
    ),
  )
