const DAY_MS = 86_400_000
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

/** Days of UTC, today among them. */
export const lastDays = (count: number, now: Date): { readonly from: string; readonly to: string } => ({
  from: dayOf(now.getTime() - (count - 1) * DAY_MS),
  to: dayOf(now.getTime()),
})

/** Both included. */
export const eachDay = (from: string, to: string): readonly string[] => {
  const days: string[] = []
  for (let time = Date.parse(from); time <= Date.parse(to); time += DAY_MS) days.push(dayOf(time))
  return days
}
