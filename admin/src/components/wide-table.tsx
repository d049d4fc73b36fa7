import { Table, type TableProps } from 'antd'
import { useCallback } from 'react'

interface WideTableProps<E> extends Omit<TableProps<E>, 'scroll' | 'virtual'> {
  readonly label: string
  /** Of all columns, in pixels; what is narrower scrolls sideways. */
  readonly width: number
}

/** A table that scrolls in itself where there is no room for it, by the keyboard, too: it is a stop of Tab while it does. */
export const WideTable = <E extends object>({ label, width, ...table }: WideTableProps<E>) => {
  const watch = useCallback(
    (element: HTMLElement | null) => {
      // antd has no attributes for the part that scrolls.
      const content = element?.querySelector<HTMLElement>('.ant-table-content')
      if (content === undefined || content === null) return undefined
      const observer = new ResizeObserver(() => {
        const stop = { tabindex: '0', role: 'region', 'aria-label': label }
        const scrolls = content.scrollWidth > content.clientWidth
        for (const [name, value] of Object.entries(stop)) {
          if (scrolls) content.setAttribute(name, value)
          else content.removeAttribute(name)
        }
      })
      observer.observe(content)
      return () => observer.disconnect()
    },
    [label],
  )
  return (
    <div ref={watch}>
      <Table<E> {...table} scroll={{ x: width }} />
    </div>
  )
}
