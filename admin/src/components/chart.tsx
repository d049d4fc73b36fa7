import { Skeleton } from 'antd'
import { lazy, Suspense } from 'react'
import type { ChartProps } from './chart-canvas.tsx'

/** echarts is a third of the console: it is fetched when there is a chart. */
const ChartCanvas = lazy(async () => ({ default: (await import('./chart-canvas.tsx')).ChartCanvas }))

/** A chart in the colours of the page, with a table of the same for whoever does not see it. */
export const Chart = (props: ChartProps) => (
  <Suspense fallback={<Skeleton.Node active style={{ width: '100%', height: props.height ?? 240 }} />}>
    <ChartCanvas {...props} />
  </Suspense>
)
