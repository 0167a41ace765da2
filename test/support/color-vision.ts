/** How colours look: contrast, and what is left of them with a colour-vision deficiency. */

/** red, green, blue; of linear light or as sRGB, 0 to 1 */
export type Rgb = readonly [number, number, number]

/** Machado, Oliveira, Fernandes 2009, complete deficiency; on linear light. */
export const visions: Record<string, readonly Rgb[]> = {
    "full colour vision": [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
    ],
    protanopia: [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    deuteranopia: [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    tritanopia: [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}

/** Linear light of an sRGB colour (IEC 61966-2-1). */
export function linear([red, green, blue]: Rgb): Rgb {
    const part = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    return [part(red), part(green), part(blue)]
}

const luminance = ([red, green, blue]: Rgb) => 0.2126 * red + 0.7152 * green + 0.0722 * blue

/** Contrast ratio of two colours in linear light, 1 to 21 (WCAG 2.2). */
export function contrast(one: Rgb, other: Rgb): number {
    const [a, b] = [luminance(one) + 0.05, luminance(other) + 0.05]
    return Math.max(a, b) / Math.min(a, b)
}

/** @param light linear; @param vision of `visions`; @returns linear light that looks the same to everyone */
export function seen(light: Rgb, vision: readonly Rgb[]): Rgb {
    const [red = 0, green = 0, blue = 0] = vision.map(([r, g, b]) =>
        Math.min(1, Math.max(0, r * light[0] + g * light[1] + b * light[2])),
    )
    return [red, green, blue]
}

/** Distance of two colours in linear light: CIE 1976 L*a*b*, white D65. 2.3 is just noticeable. */
export function distance(one: Rgb, other: Rgb): number {
    const [a, b] = [lab(one), lab(other)]
    return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
}

function lab([red, green, blue]: Rgb): Rgb {
    const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)
    const x = f((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047)
    const y = f(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    const z = f((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}
