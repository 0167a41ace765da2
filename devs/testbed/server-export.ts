/** Fetches the readings that a server has at the end of a simulation, over its CSV export. */
import { AirpinError, asAirpinError } from "../../certs/error.ts"
import { type ApiClient, bodyOf, connectTo } from "../api/client/client.ts"
import type { LocalApi } from "./local-service.ts"

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
 * @param server with the root certificate of its CA, and the token of a link
 * @param columns of the CSV, "time" and "device" first
 * @throws AirpinError EXPORT_FAILED
 */
export async function fetchExport(
    { url, authority, readerToken }: Pick<LocalApi, "url" | "authority" | "readerToken">,
    ids: string[],
    columns: string[],
): Promise<ServerExport> {
    const client = connectTo({ url, rootPem: authority.rootPem, token: readerToken })
    const lines: string[] = []
    for (const id of ids) {
        const csv = await fetchCsv(client, url, id, columns.join(","))
        lines.push(...csv.trimEnd().split("\n").slice(1))
    }
    const keys = lines.map(line => line.split(",", 2).join(","))
    return {
        csv: [columns.join(","), ...lines, ""].join("\n"),
        stored: lines.length,
        duplicated: keys.length - new Set(keys).size,
    }
}

async function fetchCsv(client: ApiClient, url: string, id: string, columns: string): Promise<string> {
    const path = "/api/v1/devices/{id}/readings.csv"
    const asking = client.GET(path, { params: { path: { id }, query: { columns } }, parseAs: "text" })
    return await bodyOf(asking, url).catch(error => {
        throw new AirpinError("EXPORT_FAILED", `the export of ${id}: ${asAirpinError(error).message}`)
    })
}
