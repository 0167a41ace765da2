/** The Wi-Fi networks of a file, by the names with which a list names them: SCHOOL_SSID and SCHOOL_PWD for "school". */
import type { EnvFile } from "../../image/settings/env-file.ts"
import { refusalOf } from "../../image/settings/setting-rules.ts"
import type { Wifi } from "../../image/store-entries.ts"

export interface Networks {
    /** by the name in upper case */
    byName: Map<string, Wifi>
    /** never contain a password */
    problems: string[]
}

const NAME = /^([A-Z0-9_]+)_SSID$/

/** "School net" as the file has to write it: SCHOOL_NET. */
export const networkKey = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")

export function networksIn({ lines }: EnvFile): Networks {
    const networks: Networks = { byName: new Map(), problems: [] }
    for (const [name, { value: ssid, place }] of lines) {
        const [, key] = NAME.exec(name) ?? []
        if (key === undefined) continue
        const passphrase = lines.get(`${key}_PWD`)?.value
        const refusals = [
            refusalOf("WIFI_SSID", ssid),
            passphrase === undefined || passphrase === "" ? undefined : refusalOf("WIFI_PWD", passphrase),
        ]
        for (const refusal of refusals) if (refusal) networks.problems.push(`${place}: ${refusal.message}`)
        networks.byName.set(key, { ssid, ...(passphrase && { passphrase }) })
    }
    return networks
}
