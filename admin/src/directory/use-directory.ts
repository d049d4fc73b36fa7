import type { UseQueryResult } from '@tanstack/react-query'
import { useOrgTree } from '../calls/org-tree.ts'
import { createDirectory, type Directory, type OrgTree } from './directory.ts'

const made = new WeakMap<OrgTree, Directory>()

const directoryOf = (tree: OrgTree): Directory => {
  const known = made.get(tree)
  if (known !== undefined) return known
  const directory = createDirectory(tree)
  made.set(tree, directory)
  return directory
}

type DirectoryQuery = Pick<UseQueryResult<OrgTree, Error>, 'error' | 'isPending' | 'refetch'> & {
  readonly data: Directory | undefined
}

/** The organisation to look things up in; made once for all who ask. */
export const useDirectory = (): DirectoryQuery => {
  const { data, error, isPending, refetch } = useOrgTree()
  return { data: data === undefined ? undefined : directoryOf(data), error, isPending, refetch }
}
