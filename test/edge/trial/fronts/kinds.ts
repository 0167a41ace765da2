import { onPath } from "../../../ha/cluster/debian.ts"
import { pebbleMissing } from "../../support/pebble.ts"
import type { FrontKind } from "./front.ts"
import { haproxyFront } from "./haproxy.ts"
import { nginxFront } from "./nginx.ts"
import { serveFront } from "./serve.ts"

export const frontKinds: FrontKind[] = [nginxFront, haproxyFront, serveFront]

/** Why this one cannot be tried here; undefined if it can. */
export function missingFor({ name, programs }: FrontKind, source: string): string | undefined {
    const wanted = [...programs, ...(source === "certbot" ? ["certbot"] : [])]
    const missing = wanted.filter(program => !onPath(program))
    return pebbleMissing() ?? (missing.length > 0 ? `${name} needs ${missing.join(", ")}` : undefined)
}
