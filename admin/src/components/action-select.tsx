import { Flex, Select, Typography } from 'antd'
import { useMemo } from 'react'
import { useConfigServer } from '../calls/config-server.ts'
import { useLanguage } from '../language/language.ts'
import { actionTextOf } from './action-texts.ts'

interface ActionSelectProps {
  readonly id?: string
  readonly 'aria-label'?: string
  readonly placeholder?: string
  readonly allowClear?: boolean
  readonly value?: string | null
  readonly onChange?: (action: string | undefined) => void
}

/** Chooses what may be asked of this gateway; found by its words and by its name. Fits into a `Form.Item`. */
export const ActionSelect = ({ onChange, value, ...rest }: ActionSelectProps) => {
  const language = useLanguage()
  const { data: server } = useConfigServer({})
  const options = useMemo(
    () =>
      (server?.actions ?? []).toSorted().map((action) => {
        const words = actionTextOf(action, language)
        return { value: action, label: words === action ? action : `${words} (${action})`, words }
      }),
    [server, language],
  )
  return (
    <Select<string>
      {...rest}
      {...(value === undefined ? {} : { value: value as string })}
      onChange={(action: string | undefined) => onChange?.(action)}
      options={options}
      showSearch={{ optionFilterProp: 'label' }}
      popupMatchSelectWidth={false}
      optionRender={({ data }) => (
        <Flex vertical style={{ lineHeight: 1.35 }}>
          {data.words}
          {data.words !== data.value && (
            <Typography.Text type="secondary" style={{ fontSize: 12 }}>
              {data.value}
            </Typography.Text>
          )}
        </Flex>
      )}
    />
  )
}
