import type { Anchor } from "../../certs/anchor.ts"
import { type DownloadOptions, downloadRoot } from "../../certs/download.ts"
import { AirpinError } from "../../certs/error.ts"
import type { OperatorRoot } from "../../certs/operators.ts"
import { missingSiblings, siblingAnchor } from "../../certs/siblings.ts"

/** A root of the operator that could not be had. */
export interface MissingSibling {
    root: OperatorRoot
    error: AirpinError
}

/** Downloads the operators' roots that were not at hand; those that cannot be had are told, not left out in silence. */
export async function findSiblings(
    anchors: Anchor[],
    now: Date,
    options?: DownloadOptions,
): Promise<{ found: Anchor[]; missing: MissingSibling[] }> {
    const outcomes = await Promise.all(missingSiblings(anchors, now).map(root => find(root, options)))
    return {
        found: outcomes.filter(outcome => "certificate" in outcome),
        missing: outcomes.filter(outcome => "error" in outcome),
    }
}

async function find(root: OperatorRoot, options?: DownloadOptions): Promise<Anchor | MissingSibling> {
    try {
        return siblingAnchor({ certificate: await downloadRoot(root, options), source: "download" })
    } catch (error) {
        if (error instanceof AirpinError) return { root, error }
        throw error
    }
}
