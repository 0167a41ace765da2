/** Fetches the readings that a server has at the end of a simulation, over its CSV export. */
import { get } from "node:https"
import { AirpinError } from "../../certs/error.ts"

/** Far longer than an export takes on loopback. */
const TIMEOUT_MS = 60_000

export interface ServerExport {
    /** a header line, then one line per reading */
    csv: string
    /** readings on the server */
    stored: number
    /** readings beyond the first with the same device and time */
    duplicated: number
}

/**
 * The readings of the given devices.
 *
 * @param rootPem root certificate of the server's CA
 * @param columns of the CSV, "time" and "device" first
 * @throws AirpinError EXPORT_FAILED
 */
export async function fetchExport(
    url: string,
    rootPem: string,
    ids: string[],
    columns: string[],
): Promise<ServerExport> {
    const lines: string[] = []
    for (const id of ids) {
        const csv = await fetchText(`${url}/api/v1/devices/${id}/readings.csv?columns=${columns.join(",")}`, rootPem)
        lines.push(...csv.trimEnd().split("\n").slice(1))
    }
    const keys = lines.map(line => line.split(",", 2).join(","))
    return {
        csv: [columns.join(","), ...lines, ""].join("\n"),
        stored: lines.length,
        duplicated: keys.length - new Set(keys).size,
    }
}

function fetchText(url: string, rootPem: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const fail = (message: string) => reject(new AirpinError("EXPORT_FAILED", `${url}: ${message}`))
        const request = get(url, { ca: rootPem, agent: false, timeout: TIMEOUT_MS }, response => {
            const chunks: Buffer[] = []
            response.on("data", chunk => chunks.push(chunk))
            response.on("end", () => {
                const text = Buffer.concat(chunks).toString()
                if (response.statusCode === 200) resolve(text)
                else fail(`${response.statusCode} ${text}`)
            })
        })
        request.on("timeout", () => request.destroy(new Error("no response")))
        request.on("error", error => fail(error.message))
    })
}
