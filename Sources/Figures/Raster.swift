/// A small picture of pixels, laid into a drawing where paths would be too many.
///
/// Its colours are those of tiers, which look the same in every theme, so one picture serves all.
package struct Raster: Equatable, Sendable {
    package let width: Int
    package let height: Int
    /// Row by row from the top, `0xAARRGGBB` each, the colour already multiplied by the opacity.
    package let pixels: [UInt32]

    package init(width: Int, height: Int, pixels: [UInt32]) {
        precondition(width > 0 && height > 0 && pixels.count == width * height)
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}
