import { bytesText } from "./terminal.ts"

const BAR_COLUMNS = 24

/** A progress bar with percentage, bytes, rate and remaining time. */
export function transferText(
    { doneBytes, totalBytes }: { doneBytes: number; totalBytes: number },
    seconds: number,
): string {
    const part = doneBytes / totalBytes
    const bar = "█".repeat(Math.floor(part * BAR_COLUMNS)).padEnd(BAR_COLUMNS, "░")
    const bytesPerSecond = doneBytes / seconds
    const leftSeconds = Math.ceil((totalBytes - doneBytes) / bytesPerSecond)
    const pace =
        doneBytes > 0 && seconds > 0 ? `  ${bytesText(Math.round(bytesPerSecond))}/s  ${leftSeconds} s left` : ""
    return `${bar}  ${String(Math.floor(part * 100)).padStart(3)} %  ${bytesText(Math.floor(doneBytes))} of ${bytesText(totalBytes)}${pace}`
}
