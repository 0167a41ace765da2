import { AirpinError } from "../../../certs/error.ts"
import { JsonField } from "../../../certs/json-field.ts"
import { MANIFEST_VERSION, type Manifest, type ManifestAnchor, type ManifestPart } from "./manifest.ts"

/**
 * The manifest in the text of a file, with every field checked. Fields that a manifest does not have are dropped.
 *
 * @throws AirpinError MANIFEST_CORRUPT, with the first field that is wrong
 */
export function parseManifest(text: string, fileName: string): Manifest {
    try {
        return readManifestFields(JsonField.parse(text))
    } catch (cause) {
        throw new AirpinError(
            "MANIFEST_CORRUPT",
            `${fileName} is not the manifest of an image: ${(cause as Error).message}`,
            { cause },
        )
    }
}

function readManifestFields(json: JsonField): Manifest {
    const [board, runtime, firmware, parts] = [
        json.at("board"),
        json.at("runtime"),
        json.at("firmware"),
        json.at("parts"),
    ]
    return {
        version: json.at("version").literal(MANIFEST_VERSION),
        file: json.at("file").text(),
        sha256: json.at("sha256").sha256(),
        sizeBytes: json.at("sizeBytes").count(),
        chip: json.at("chip").text(),
        startAt: json.at("startAt").text(),
        board: { id: board.at("id").text(), name: board.at("name").text() },
        runtime: {
            file: runtime.at("file").text(),
            sha256: runtime.at("sha256").text(),
            ...(runtime.has("version") && { version: runtime.at("version").text() }),
            ...(runtime.has("idfVersion") && { idfVersion: runtime.at("idfVersion").text() }),
        },
        firmware: {
            version: firmware.at("version").text(),
            sizeBytes: firmware.at("sizeBytes").count(),
            sha256: firmware.at("sha256").sha256(),
        },
        parts: {
            application: readPart(parts.at("application")),
            boardConfig: readPart(parts.at("boardConfig")),
            bundle: readPart(parts.at("bundle")),
            store: readPart(parts.at("store")),
        },
        anchors: json.at("anchors").list(readAnchor),
        hosts: json.at("hosts").list(host => host.text()),
        bundle: json.at("bundle").text(),
        settings: json.at("settings").list(name => name.text()),
        wifi: json.at("wifi").flag(),
        ...(json.has("revision") && { revision: json.at("revision").text() }),
        ...(json.has("deviceTokenSha256") && { deviceTokenSha256: json.at("deviceTokenSha256").sha256() }),
    }
}

function readPart(json: JsonField): ManifestPart {
    return {
        address: json.at("address").text(),
        sizeBytes: json.at("sizeBytes").count(),
        sha256: json.at("sha256").sha256(),
    }
}

function readAnchor(json: JsonField): ManifestAnchor {
    return {
        subject: json.at("subject").text(),
        spkiSha256: json.at("spkiSha256").sha256(),
        notAfter: json.at("notAfter").text(),
        ...(json.has("trustEnds") && { trustEnds: json.at("trustEnds").text() }),
        role: json.at("role").text(),
    }
}
