package import Wire

/// What a source has seen so far.
package struct CaptureCounts: Equatable, Sendable {
    /// Frames delivered, with their captured octets.
    package var frames: UInt64 = 0
    package var octets: UInt64 = 0
    /// Of these, frames that the capture cut.
    package var truncatedFrames: UInt64 = 0
    /// Of these, frames with a time stamp before that of the frame in front of them.
    package var backwardFrames: UInt64 = 0
    /// Of these, frames said to be shorter on the wire than what was captured of them.
    package var contradictoryFrames: UInt64 = 0
    /// Frames that the filter kept out; not in `frames`.
    package var filteredFrames: UInt64 = 0
    /// Blocks of a pcapng file that hold neither frames nor what is needed to read them.
    package var skippedBlocks: UInt64 = 0
    /// Frames that, as the file tells, the capturing machine lost.
    package var droppedFrames: UInt64 = 0

    package init() {}

    package static func + (left: CaptureCounts, right: CaptureCounts) -> CaptureCounts {
        var sum = left
        sum.frames &+= right.frames
        sum.octets &+= right.octets
        sum.truncatedFrames &+= right.truncatedFrames
        sum.backwardFrames &+= right.backwardFrames
        sum.contradictoryFrames &+= right.contradictoryFrames
        sum.filteredFrames &+= right.filteredFrames
        sum.skippedBlocks &+= right.skippedBlocks
        sum.droppedFrames &+= right.droppedFrames
        return sum
    }
}

/// How far the reading of files has come.
package struct CaptureProgress: Equatable, Sendable {
    /// Octets taken from the files, as they lie on the disk.
    package var consumedOctets: UInt64
    /// Octets of the files; `nil` if one of them is a pipe.
    package var totalOctets: UInt64?
}

/// An interface that frames came from.
package struct CaptureInterface: Equatable, Sendable {
    package let name: String
    package let linkType: LinkType

    package init(name: String, linkType: LinkType) {
        self.name = name
        self.linkType = linkType
    }
}
