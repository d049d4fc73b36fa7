import { theme } from 'antd'
import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { type ECharts, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import { formatNumber, useLanguage } from '../language/language.ts'
import { ChartTable } from './chart-table.tsx'

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

export interface ChartSeries {
  readonly name: string
  readonly kind: 'line' | 'bar'
  /** One for each of `at`; null: there is nothing to show there. */
  readonly values: readonly (number | null)[]
  /** Bars with the same word stand on each other. */
  readonly stack?: string
  readonly tone?: 'primary' | 'success' | 'warning' | 'error' | 'neutral'
}

export interface ChartProps {
  /** What it shows, for whoever does not see it. */
  readonly label: string
  /** What stands below each point, e.g. times as they are to be read. */
  readonly at: readonly string[]
  readonly series: readonly ChartSeries[]
  readonly unit?: string
  /** Pixels; 240 unless it says otherwise. */
  readonly height?: number
}

const FEW_POINTS = 30

export const ChartCanvas = ({ at, height = 240, label, series, unit = '' }: ChartProps) => {
  const { token } = theme.useToken()
  const language = useLanguage()
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<ECharts | undefined>(undefined)

  useEffect(() => {
    if (box.current === null) return undefined
    const made = init(box.current)
    chart.current = made
    const observer = new ResizeObserver(() => made.resize())
    observer.observe(box.current)
    return () => {
      observer.disconnect()
      made.dispose()
    }
  }, [])

  useEffect(() => {
    const tones = {
      primary: token.colorPrimary,
      success: token.colorSuccess,
      warning: token.colorWarning,
      error: token.colorError,
      neutral: token.colorTextQuaternary,
    }
    const text = { color: token.colorTextSecondary, fontFamily: token.fontFamily }
    chart.current?.setOption({
      animation: false,
      grid: { left: 8, right: 24, top: series.length > 1 ? 34 : 12, bottom: 4, outerBoundsMode: 'same' },
      legend: {
        show: series.length > 1,
        top: 0,
        left: 0,
        icon: 'roundRect',
        itemWidth: 12,
        itemHeight: 8,
        textStyle: text,
      },
      tooltip: {
        trigger: 'axis',
        // Drawn by the canvas: one of HTML would bring styles of its own, which the page does not let in.
        renderMode: 'richText',
        backgroundColor: token.colorBgElevated,
        borderColor: token.colorBorderSecondary,
        textStyle: { color: token.colorText, fontFamily: token.fontFamily },
        valueFormatter: (value: number | null) => (value === null ? '–' : `${formatNumber(value, language)}${unit}`),
      },
      xAxis: {
        type: 'category',
        data: [...at],
        axisLine: { lineStyle: { color: token.colorBorder } },
        axisTick: { show: false },
        axisLabel: { ...text, hideOverlap: true },
      },
      yAxis: {
        type: 'value',
        minInterval: unit === '' ? 1 : 0,
        axisLabel: { ...text, formatter: (value: number) => `${formatNumber(value, language)}${unit}` },
        splitLine: { lineStyle: { color: token.colorBorderSecondary } },
      },
      series: series.map(({ kind, name, stack, tone = 'primary', values }) => ({
        name,
        type: kind,
        ...(stack === undefined ? {} : { stack }),
        data: [...values],
        color: tones[tone],
        // A point between two that are missing has no line.
        showSymbol: values.filter((value) => value !== null).length < FEW_POINTS,
        symbolSize: 5,
        barMaxWidth: 18,
        lineStyle: { width: 2 },
        ...(kind === 'line' && series.length === 1 ? { areaStyle: { opacity: 0.12 } } : {}),
      })),
    })
  }, [at, language, series, token, unit])

  return (
    <figure style={{ margin: 0, position: 'relative' }} aria-label={label}>
      <div ref={box} style={{ width: '100%', height }} aria-hidden />
      <ChartTable at={at} label={label} series={series} unit={unit} />
    </figure>
  )
}
