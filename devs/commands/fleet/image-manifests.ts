/** The images on this computer, by their manifests. */
import { readdir } from "node:fs/promises"
import path from "node:path"
import { FLEET_FOLDER } from "../../fleet/state.ts"
import { BUILD_FOLDER } from "../../image/image-file.ts"
import { type ManifestFile, readManifests } from "../../image/manifest/manifest-file.ts"

/**
 * Those of `airpin image` and of each list of `airpin fleet flash`, unless folders are given.
 *
 * @returns with messages about manifests that were left out
 */
export async function imageManifests(
    folders: string[] | undefined,
): Promise<{ manifests: ManifestFile[]; problems: string[] }> {
    const found = await Promise.all((folders ?? (await usualFolders())).map(readManifests))
    return {
        manifests: found.flatMap(({ manifests }) => manifests),
        problems: found.flatMap(({ problems }) => problems),
    }
}

async function usualFolders(): Promise<string[]> {
    const lists = await readdir(FLEET_FOLDER).catch((): string[] => [])
    return [BUILD_FOLDER, ...lists.map(list => path.join(FLEET_FOLDER, list, "images"))]
}
