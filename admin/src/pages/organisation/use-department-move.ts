import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { useDepartmentUpdate } from '../../calls/department-update.ts'
import { showInTree } from '../../calls/org-tree.ts'
import { useAttempt } from '../../components/use-attempt.ts'
import { planMove } from '../../directory/department-moves.ts'
import type { Directory } from '../../directory/directory.ts'
import { useTexts } from '../../language/language.ts'
import { departmentTexts } from './department-texts.ts'

/** Moves a department to a place among the others there, at once in the page; it goes back if the gateway refuses. */
export const useDepartmentMove = (
  directory: Directory,
): ((departmentId: string, parentId: string | null, index: number) => Promise<void>) => {
  const t = useTexts(departmentTexts)
  const queries = useQueryClient()
  const { mutateAsync: update } = useDepartmentUpdate()
  const attempt = useAttempt()
  return useCallback(
    async (departmentId, parentId, index) => {
      const changes = planMove(directory, departmentId, parentId, index)
      const moved = directory.departments.get(departmentId)
      if (moved === undefined || changes.length === 0) return
      const after = changes.flatMap(({ department_id, parent_id, sort_order }) => {
        const before = directory.departments.get(department_id)
        if (before === undefined) return []
        return [
          {
            ...before,
            parent_id: parent_id === undefined ? before.parent_id : parent_id,
            sort_order: sort_order ?? before.sort_order,
          },
        ]
      })
      showInTree(queries, { departments: after })
      await attempt(
        async () => {
          try {
            for (const change of changes) await update(change)
          } catch (error) {
            const before = after.flatMap(({ department_id }) => directory.departments.get(department_id) ?? [])
            showInTree(queries, { departments: before })
            await queries.invalidateQueries({ queryKey: ['org.tree'] })
            throw error
          }
        },
        t('moved', { name: moved.name }),
      )
    },
    [attempt, directory, queries, t, update],
  )
}
