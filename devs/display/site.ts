/** The site, for the terminal. */
import { type Co2Limits, groupOf, limitPresets, limitsOf, type Site } from "../api/site/site.ts"
import { showTable } from "./device.ts"
import { printable, type Terminal } from "./terminal.ts"

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

/** Prints the document, and the group and limits of every device. */
export function showSite(terminal: Terminal, site: Site, devices: { id: string; name: string }[]): void {
    const { name, language, timeZone, limits, lessons, holidays, rooms, revision } = site
    terminal.line("site", `${name === "" ? "without a name" : printable(name)}, revision ${revision}`)
    terminal.line("language", language ?? "that of the browser")
    terminal.line("time zone", timeZone)
    terminal.line("limits", limitsText(limits))
    const days = lessons.days.toSorted().map(day => WEEKDAYS[day - 1])
    const hours = lessons.hours.map(({ from, to }) => `${from}-${to}`)
    terminal.line("lessons", days.length === 0 ? "none" : `${days.join(", ")}: ${hours.join(", ") || "none"}`)
    const dates = holidays.map(({ from, to, name }) => [from === to ? from : `${from} to ${to}`, printable(name)])
    showTable(terminal, "holidays", dates.length > 0 ? dates : [["none"]])
    const own = (id: string) => (rooms[id]?.limits ? limitsText(limitsOf(site, id)) : "")
    const table = devices.map(({ id, name }) => [id, printable(name), printable(groupOf(site, id) ?? ""), own(id)])
    showTable(terminal, "rooms", table.length > 0 ? [["ID", "NAME", "GROUP", "OWN LIMITS"], ...table] : [["none yet"]])
}

/** "fair from 800 ppm, poor from 1400 ppm (school)" */
export function limitsText({ fairPpm, poorPpm }: Co2Limits): string {
    const preset = Object.entries(limitPresets).find(
        ([, limits]) => limits.fairPpm === fairPpm && limits.poorPpm === poorPpm,
    )
    return `fair from ${fairPpm} ppm, poor from ${poorPpm} ppm${preset ? ` (${preset[0]})` : ""}`
}
