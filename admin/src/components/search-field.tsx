import { SearchOutlined } from '@ant-design/icons'
import { Input } from 'antd'
import { useEffect, useRef, useState } from 'react'

interface SearchFieldProps {
  readonly label: string
  /** What is searched for, as the address of the page has it. */
  readonly query: string
  readonly onQuery: (query: string) => void
}

/** Typing stops for so long before it is searched for. */
const TYPING_MS = 150

/**
 * What is typed stands here at once, and in the address of the page a moment later: bound to the address, which follows when
 * there is time, a field loses what is typed meanwhile, and breaks off the choice of a Chinese character.
 */
export const SearchField = ({ label, onQuery, query }: SearchFieldProps) => {
  const [typed, setTyped] = useState(query)
  const sent = useRef(query)
  // Cleared, or gone back to, by something else than this field.
  useEffect(() => {
    if (query === sent.current) return
    sent.current = query
    setTyped(query)
  }, [query])
  useEffect(() => {
    if (typed === sent.current) return undefined
    const timer = setTimeout(() => {
      sent.current = typed
      onQuery(typed)
    }, TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed, onQuery])
  return (
    <Input
      value={typed}
      onChange={({ target }) => setTyped(target.value)}
      prefix={<SearchOutlined aria-hidden />}
      placeholder={label}
      aria-label={label}
      allowClear
      maxLength={64}
      style={{ flex: '1 1 220px', maxWidth: 340 }}
    />
  )
}
