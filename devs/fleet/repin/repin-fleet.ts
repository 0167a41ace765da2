/** Writes new pins to every chip that is plugged in, several at once, until all devices that need them have them. */
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { PRIVATE_MODE } from "../../../certs/replace-file.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { readFileBytes, writeWhole } from "../../files.ts"
import { type FlashProgress, flashConnected } from "../../flash/flasher.ts"
import { ChipLoader } from "../../flash/loader.ts"
import type { ChipPort } from "../../flash/serial-port.ts"
import { type FlashImage, readFlashImage, requireBootable } from "../../image/flash-image.ts"
import { type Manifest, repinnedManifest } from "../../image/manifest/manifest.ts"
import { type ManifestFile, manifestName } from "../../image/manifest/manifest-file.ts"
import { repin } from "../../image/repin.ts"
import { settingInImage } from "../../image/stored-setting.ts"
import type { PinnedSet } from "../../pins/image-pins.ts"
import { type PortWork, type PortWorkOptions, workOnPorts } from "../flashing/port-work.ts"
import type { FleetState } from "../state.ts"
import { tokenOnChip } from "./chip-token.ts"
import { assertSameApplication } from "./same-application.ts"

/** A device of the server. */
export interface Owner {
    id: string
    name: string
}

export interface RepinOptions extends PortWorkOptions {
    baud: number
    pins: PinnedSet
    /** the images on this computer; a re-pinned one takes the place of the one before */
    images: ManifestFile[]
    /** of the lists that images belong to */
    states: FleetState[]
    /** the device with this token; undefined if there is none, or it is revoked */
    ownerOf(tokenSha256: string): Promise<Owner | undefined>
    /** stores what the device trusts from now on */
    record(owner: Owner, manifest: Manifest): Promise<void>
    isDone(): boolean
    on: RepinEvents
}

/** What happens, for whoever shows it. */
export interface RepinEvents {
    connecting(port: string, hasControlLines: boolean): void
    found(port: string, owner: Owner, mac: string): void
    progress(port: string, owner: Owner, progress: FlashProgress): void
    /** read back and recorded; `writtenBytes` is 0 if it held the pins already */
    repinned(port: string, owner: Owner, done: { writtenBytes: number; wasReset: boolean; seconds: number }): void
    failed(port: string, owner: Owner | undefined, error: AirpinError): void
}

/** @throws AirpinError PORT_NOT_FOUND if the system cannot list its ports */
export function repinFleet(options: RepinOptions): Promise<void> {
    return workOnPorts(options, port => new Repinning(port, options))
}

interface FoundImage {
    file: ManifestFile
    image: FlashImage
}

/** One chip from plugging in to its reset. */
class Repinning implements PortWork {
    readonly #path: string
    readonly #options: RepinOptions
    #owner: Owner | undefined

    constructor(path: string, options: RepinOptions) {
        this.#path = path
        this.#options = options
    }

    failed(error: AirpinError): void {
        this.#options.on.failed(this.#path, this.#owner, error)
    }

    async run(port: ChipPort): Promise<void> {
        const { on, baud, ownerOf } = this.#options
        on.connecting(port.path, port.hasControlLines)
        const loader = await ChipLoader.connect(port, { baud, stub: true })
        const mac = await loader.macAddress()
        const token = await tokenOnChip(loader)
        const owner = await ownerOf(sha256Of(token))
        if (!owner)
            throw new AirpinError("REPIN_MISMATCH", `chip ${mac} has the token of no device of this server`, ADOPT)
        this.#owner = owner
        on.found(port.path, owner, mac)
        const found = await this.#imageOf(token, mac)
        await assertSameApplication(loader, requireBootable(found.image))
        await this.#write(loader, owner, mac, found)
    }

    /** The image of the device with this token; by the MAC address where its manifest does not tell. */
    async #imageOf(token: string, mac: string): Promise<FoundImage> {
        const { images, states } = this.#options
        const hash = sha256Of(token)
        const byToken = images.filter(({ manifest }) => manifest.deviceTokenSha256 === hash)
        const byMac = states.flatMap(state => {
            const { image } = state.of(state.nameOf(mac) ?? "")
            const file = image && path.join(state.folder, image.file)
            return images.filter(one => file && isSameFile(one.image, file))
        })
        for (const file of [...byToken, ...byMac]) {
            const bytes = await readFileBytes(file.image).catch(() => undefined)
            if (!bytes) continue
            const image = readFlashImage(bytes, path.basename(file.image))
            if (settingInImage(image, "API_TOKEN") === token) return { file, image }
            throw new AirpinError("REPIN_MISMATCH", `${file.image} is the image of another device than chip ${mac} is`)
        }
        throw new AirpinError("FLEET_IMAGE_MISSING", `no image on this computer is that of ${this.#owner?.name}`)
    }

    async #write(loader: ChipLoader, owner: Owner, mac: string, { file, image }: FoundImage): Promise<void> {
        const { on, pins, record } = this.#options
        const anchors = pins.anchors.map(({ certificate }) => certificate)
        const name = path.basename(file.image)
        const bytes = await repin(image.bytes, anchors, name)
        const manifest = repinnedManifest(file.manifest, bytes, pins)
        const beganAtMs = performance.now()
        const { writtenBytes, wasReset } = await flashConnected(loader, readFlashImage(bytes, name), {
            repin: true,
            onProgress: progress => on.progress(this.#path, owner, progress),
        })
        const seconds = (performance.now() - beganAtMs) / 1000
        await this.#keep(file, bytes, manifest, mac)
        await record(owner, manifest)
        on.repinned(this.#path, owner, { writtenBytes, wasReset, seconds })
    }

    /**
     * After the chip has been read back: a run that ends before finds the image that the chip had. In the state of a
     * list, a chip that had the image before has the new one now; another still has other settings.
     */
    async #keep(file: ManifestFile, bytes: Buffer, manifest: Manifest, mac: string): Promise<void> {
        await writeWhole(file.image, bytes, PRIVATE_MODE)
        await writeWhole(manifestName(file.image), `${JSON.stringify(manifest, null, 4)}\n`)
        file.manifest = manifest
        for (const state of this.#options.states) {
            const [name, known] =
                [...state.devices].find(
                    ([, { image }]) => image && isSameFile(path.join(state.folder, image.file), file.image),
                ) ?? []
            if (name === undefined || !known?.image) continue
            const hadImage = state.isFlashed(name) && known.mac === mac
            const at = Math.floor(Date.now() / 1000)
            await state.change(name, {
                image: { ...known.image, sha256: manifest.sha256 },
                ...(hadImage && { flashed: { sha256: manifest.sha256, at, port: this.#path } }),
            })
        }
    }
}

const isSameFile = (one: string, other: string) => path.resolve(one) === path.resolve(other)

const ADOPT = "look for it among the devices of another server, or flash it as a device of this one: airpin fleet flash"
