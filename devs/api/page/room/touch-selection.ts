/** Selecting a range of the chart with a finger or a pen: uPlot itself knows the mouse only. */
import type uPlot from "uplot"

/** The chart's `touch-action` leaves scrolling up and down to the browser. */
export function selectByTouch(plot: uPlot): void {
    const { over } = plot
    let startX: number | undefined
    const xOf = ({ clientX }: PointerEvent) =>
        Math.min(Math.max(clientX - over.getBoundingClientRect().left, 0), over.clientWidth)
    const select = (x: number, isDone: boolean) => {
        const from = startX ?? x
        const area = { left: Math.min(from, x), width: Math.abs(x - from), top: 0, height: over.clientHeight }
        plot.setSelect(area, isDone)
    }
    over.addEventListener("pointerdown", event => {
        if (event.pointerType === "mouse") return
        startX = xOf(event)
        over.setPointerCapture(event.pointerId)
    })
    over.addEventListener("pointermove", event => {
        if (startX === undefined) return
        plot.setCursor({ left: xOf(event), top: 0 })
        select(xOf(event), false)
    })
    over.addEventListener("pointerup", event => {
        if (startX !== undefined) select(xOf(event), true)
        startX = undefined
    })
    over.addEventListener("pointercancel", () => {
        startX = undefined
        plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false)
    })
}
