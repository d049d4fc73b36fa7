import type { ChartProps } from './chart-canvas.tsx'

/** Out of sight, and there for screen readers. */
const HIDDEN = {
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
} as const

/** The points in which something happened: what a chart says, in words. */
export const ChartTable = ({ at, label, series, unit = '' }: Pick<ChartProps, 'at' | 'label' | 'series' | 'unit'>) => {
  const points = at
    .map((name, i) => ({ name, values: series.map(({ values }) => values[i] ?? null) }))
    .filter(({ values }) => values.some((value) => value !== null && value !== 0))
  return (
    <div style={HIDDEN}>
      <table>
        <caption>{label}</caption>
        <thead>
          <tr>
            <td />
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map(({ name, values }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {values.map((value, i) => (
                <td key={series[i]?.name}>{value === null ? '' : `${value}${unit}`}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
