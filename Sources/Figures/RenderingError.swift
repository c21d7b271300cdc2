/// Why a drawing could not be made into a file.
package enum RenderingError: Error, Equatable {
    /// The picture would have more pixels than can be drawn.
    case sizeOutOfRange(width: Double, height: Double)
    /// Cairo refused, with its own number and words.
    case cairo(status: UInt32, message: String)
    /// zlib refused, with its own number.
    case compression(status: Int32)
}
