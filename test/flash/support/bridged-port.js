/**
 * Runs in a page before its own scripts: makes `navigator.serial` offer one port at a time, which the test
 * connects to a real one (`bridge-serial.ts`).
 */
{
    const { serialChoose, serialOpen, serialRead, serialWrite, serialClose } = window

    class BridgedPort {
        readable = null
        writable = null
        onDisconnect = () => undefined

        async open({ baudRate }) {
            const number = (this.number = await serialOpen(baudRate))
            const lost = () => this.onDisconnect()
            this.readable = new ReadableStream({ pull: to => pull(number, to, lost) }, { highWaterMark: 0 })
            this.writable = new WritableStream({ write: bytes => serialWrite(number, [...bytes]) })
        }

        async close() {
            this.readable = this.writable = null
            await serialClose(this.number)
        }

        async setSignals() {}

        getInfo() {
            return { usbVendorId: 0x10c4, usbProductId: 0xea60 }
        }

        addEventListener(type, listener) {
            if (type === "disconnect") this.onDisconnect = listener
        }

        removeEventListener() {}
    }

    /** A closed port resolves with no bytes; its stream is cancelled by then. */
    async function pull(number, controller, lost) {
        const bytes = await serialRead(number)
        if (bytes === null) lost()
        try {
            if (bytes === null) return controller.error(new DOMException("The device has been lost.", "NetworkError"))
            controller.enqueue(Uint8Array.from(bytes))
        } catch {
            // the stream was cancelled
        }
    }

    navigator.serial.requestPort = async () => {
        await serialChoose()
        return new BridgedPort()
    }
}
