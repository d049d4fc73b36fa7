import type { DragEvent } from 'react'

/** Of its own, so that nothing else that is dropped is taken for people. */
const TYPE = 'application/x-mchat-people'

export const beginDragPeople = (event: DragEvent, employeeIds: readonly string[]): void => {
  event.dataTransfer.setData(TYPE, JSON.stringify(employeeIds))
  event.dataTransfer.effectAllowed = 'move'
}

export const hasPeople = (event: DragEvent): boolean => event.dataTransfer.types.includes(TYPE)

/** Of another window of the console, too; what is not ids is nobody. */
export const droppedPeople = (event: DragEvent): readonly string[] => {
  try {
    const ids: unknown = JSON.parse(event.dataTransfer.getData(TYPE))
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}
