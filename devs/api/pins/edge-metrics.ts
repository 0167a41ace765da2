/** What the last round of `airpin renew` reported, as metrics; left out where there is no edge. */
import type { EdgeStatus } from "../../../certs/edge-status.ts"
import { cached, labelled } from "../operate/database-metrics.ts"
import type { Metrics } from "../operate/metrics.ts"

export function measureEdge(metrics: Metrics, read: () => Promise<EdgeStatus | undefined>): void {
    const status = cached(read)
    const gauge = (name: string, help: string, measure: (status: EdgeStatus) => number | undefined) =>
        metrics.gauge(name, help, async () => {
            const known = await status()
            return known && measure(known)
        })
    gauge("airpin_edge_certificate_start_seconds", "When the certificate in use began, Unix time", ({ live }) =>
        secondsOf(live?.notBefore),
    )
    gauge("airpin_edge_certificate_expiry_seconds", "When the certificate in use ends, Unix time", ({ live }) =>
        secondsOf(live?.notAfter),
    )
    gauge(
        "airpin_edge_held_back",
        "New chains not used because a device would refuse them",
        each => each.heldBack.length,
    )
    gauge("airpin_edge_refusing_devices", "Devices that refuse the certificate in use", each => count(each, "refuses"))
    gauge("airpin_edge_unknown_devices", "Devices whose pins are not known", each => count(each, "unknown"))
    gauge("airpin_edge_last_round_seconds", "When airpin renew last ran, Unix time", ({ at }) => secondsOf(at))
    labelled(metrics, "airpin_edge_last_error_seconds", "When airpin renew last failed, Unix time", "code", async () =>
        ((await status())?.errors ?? []).slice(0, 1).map(({ code, at }) => [code, secondsOf(at)]),
    )
}

const count = ({ devices }: EdgeStatus, wanted: EdgeStatus["devices"][number]["stand"]) =>
    devices.filter(({ stand }) => stand === wanted).length

const secondsOf = (time: string | undefined) => (time === undefined ? undefined : Date.parse(time) / 1000)
