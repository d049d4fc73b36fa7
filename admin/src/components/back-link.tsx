import { ArrowLeftOutlined } from '@ant-design/icons'
import { Link, useLocation } from 'react-router'

interface CameFrom {
  /** Path and query of the page with the list. */
  readonly list: string
}

const isCameFrom = (state: unknown): state is CameFrom =>
  typeof state === 'object' && state !== null && typeof (state as Partial<CameFrom>).list === 'string'

/**
 * What a link to one of a list says of the list, so that one comes back to it as it was: searched, filtered and sorted. From
 * one to the next it is passed on.
 */
export const useCameFrom = (): CameFrom => {
  const { pathname, search, state } = useLocation()
  return isCameFrom(state) ? { list: state.list } : { list: pathname + search }
}

interface BackLinkProps {
  /** Where the list is. */
  readonly to: string
  readonly text: string
}

export const BackLink = ({ text, to }: BackLinkProps) => {
  const { list } = useCameFrom()
  return (
    <Link to={list.split('?')[0] === to ? list : to}>
      <ArrowLeftOutlined aria-hidden /> {text}
    </Link>
  )
}
