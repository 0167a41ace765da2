import type { Anchor } from "../../certs/anchor.ts"
import { downloadRoot, type RootDownloadOptions } from "../../certs/download-root.ts"
import { AirpinError } from "../../certs/error.ts"
import type { Operator, OperatorRoot } from "../../certs/operators.ts"
import { missingSiblingRoots, siblingAnchor } from "../../certs/sibling-roots.ts"

/** A root of the operator that could not be downloaded. */
export interface MissingRoot {
    root: OperatorRoot
    error: AirpinError
}

export interface SiblingDownloadOptions extends RootDownloadOptions {
    /** default: the reviewed table */
    operators?: readonly Operator[]
}

/** Downloads the operators' roots that are not among the anchors; `missing` lists those that failed. */
export async function downloadSiblingRoots(
    anchors: Anchor[],
    now: Date,
    options: SiblingDownloadOptions = {},
): Promise<{ found: Anchor[]; missing: MissingRoot[] }> {
    const outcomes = await Promise.all(
        missingSiblingRoots(anchors, now, options.operators).map(root => find(root, options)),
    )
    return {
        found: outcomes.filter(outcome => "certificate" in outcome),
        missing: outcomes.filter(outcome => "error" in outcome),
    }
}

async function find(root: OperatorRoot, options: SiblingDownloadOptions): Promise<Anchor | MissingRoot> {
    try {
        return siblingAnchor({ certificate: await downloadRoot(root, options), source: "download" }, options.operators)
    } catch (error) {
        if (error instanceof AirpinError) return { root, error }
        throw error
    }
}
