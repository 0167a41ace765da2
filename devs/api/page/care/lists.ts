/** Certificates and pins, who may read and post, and alerts, as elements. */
import { posterRows, readerRows } from "./access-words.ts"
import { shortName } from "./attention.ts"
import type { Alert, CareData } from "./care-data.ts"
import { element, factList, folded } from "./element.ts"
import type { Words } from "./words.ts"

const pinColumns = ["name", "ends", "trust", "use"]

/** When each certificate and each pin ends, and which devices hang on it. */
export function pinList({ edge, anchors, unpinned, devices }: CareData, words: Words): Node[] {
    const { t, date, list } = words
    const live = edge?.live
    const certificate = live
        ? t("care.certificate", { names: live.names.join(", "), date: date(Date.parse(live.notAfter) / 1000) })
        : t("care.certificate.none")
    const standing = (edge?.devices ?? []).filter(({ anchor }) => anchor !== undefined)
    const usedBy = (subject: string) => standing.filter(({ anchor }) => anchor === subject).map(({ name }) => name)
    const rows = anchors.map(({ subject, endsAt, devices: trusting }) => {
        const used = usedBy(subject)
        return element(
            "tr",
            {},
            element("th", { scope: "row" }, shortName(subject)),
            element("td", {}, date(endsAt)),
            element(
                "td",
                {},
                trusting.length === devices.length ? t("care.pins.all") : list(trusting.map(({ name }) => name)),
            ),
            element("td", {}, used.length === 0 ? "–" : list(used)),
        )
    })
    const unknown =
        unpinned.length === 0 ? [] : [t("care.pins.unknown", { names: list(unpinned.map(({ name }) => name)) })]
    return [
        element("p", {}, certificate),
        ...(rows.length === 0
            ? []
            : [
                  table(
                      t("care.pins"),
                      pinColumns.map(column => t(`care.pinColumn.${column}`)),
                      rows,
                  ),
              ]),
        ...unknown.map(text => element("p", {}, text)),
        ...(live ? [certificateDetails(live, t)] : []),
    ]
}

function certificateDetails(live: NonNullable<NonNullable<CareData["edge"]>["live"]>, t: Words["t"]): HTMLElement {
    const { source, label, keyType, path, leafSha256 } = live
    const facts: [string, string][] = [
        ["CA", `${source}, ${label}`],
        [keyType, path.join(" › ")],
        ["SHA-256", leafSha256],
    ]
    return folded(t("care.details"), factList(facts))
}

const readerColumns = ["who", "shows", "since", "until"]
const posterColumns = ["device", "since", "used", "until"]

/** The links with which people and tools read. */
export function readerList(data: CareData, words: Words): Node[] {
    const rows = readerRows(data, words)
    const count = element("p", {}, words.t("care.readers.count", { count: rows.length }))
    return rows.length === 0 ? [count] : [count, textTable("care.readers", readerColumns, rows, words)]
}

/** The devices with their tokens. */
export function posterList(data: CareData, words: Words): Node[] {
    return [textTable("care.posters", posterColumns, posterRows(data, words), words)]
}

function textTable(label: string, columns: string[], rows: string[][], { t }: Words): HTMLElement {
    const cellsOf = ([first = "", ...others]: string[]) => [
        element("th", { scope: "row" }, first),
        ...others.map(text => element("td", {}, text)),
    ]
    return table(
        t(label),
        columns.map(column => t(`care.accessColumn.${column}`)),
        rows.map(row => element("tr", {}, ...cellsOf(row))),
    )
}

/** Open alerts and those that ended. */
export function alertList(alerts: Alert[], words: Words): Node[] {
    const { t, time } = words
    if (alerts.length === 0) return [element("p", {}, t("care.alerts.none"))]
    const rows = alerts.map(({ kind, deviceName, openedAt, resolvedAt, text, deliveries }) => {
        const isKnown = alertKinds.includes(kind)
        const sent = deliveries.filter(({ event }) => event === "raised").map(each => deliveryText(each, t))
        return element(
            "tr",
            {},
            element("th", { scope: "row" }, deviceName ?? t("care.server")),
            element("td", {}, t(`care.kind.${isKnown ? kind : "other"}`), details(text, t)),
            element("td", {}, time(openedAt)),
            element("td", {}, resolvedAt === null ? t("care.alerts.open") : time(resolvedAt)),
            element("td", {}, sent.join(", ") || t("care.alerts.unsent")),
        )
    })
    return [
        table(
            t("care.alerts"),
            alertColumns.map(column => t(`care.alertColumn.${column}`)),
            rows,
        ),
    ]
}

const alertColumns = ["about", "what", "from", "to", "sent"]
const alertKinds = ["co2", "silent", "sensor", "certificate", "pin", "disk", "clock", "edge"]

const details = (text: string, t: Words["t"]) => folded(t("care.details"), element("p", {}, text))

const deliveryStates = ["pending", "delivered", "cancelled", "failed"]

function deliveryText({ channel, status }: Alert["deliveries"][number], t: Words["t"]): string {
    return `${channel}: ${t(`care.delivery.${deliveryStates.includes(status) ? status : "pending"}`)}`
}

function table(label: string, columns: string[], rows: HTMLElement[]): HTMLElement {
    const head = columns.map(column => element("th", { scope: "col" }, column))
    const body = element("tbody", {}, ...rows)
    // a table that is wider than a phone scrolls by itself, by keyboard too
    return element(
        "div",
        { class: "scroll", tabindex: 0, role: "group", "aria-label": label },
        element("table", {}, element("thead", {}, element("tr", {}, ...head)), body),
    )
}
