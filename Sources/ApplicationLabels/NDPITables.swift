internal import CNDPIShim

/// What nDPI knows of protocols, hosts and networks: megabytes that take some time to fill.
///
/// Labellers may share tables if one thread at a time uses all of them. What a labeller learns from flows it keeps to
/// itself: its labels are those that it would find with tables of its own.
@safe package final class NDPITables {
    private let handle: OpaquePointer
    /// The words for labels of all labellers on the tables.
    var names: LabelNames

    package init() throws(NDPILabeller.CreationError) {
        guard let handle = unsafe ntds_dpi_tables_create() else {
            throw NDPILabeller.CreationError()
        }
        unsafe self.handle = unsafe handle
        unsafe names = LabelNames(handle)
    }

    deinit {
        // SAFETY: made by `init`, destroyed once; detectors are destroyed before, since their owners hold the tables.
        unsafe ntds_dpi_tables_destroy(handle)
    }

    /// A detector on the tables, whose owner destroys it and holds the tables until then; `nil` if these can have no
    /// more.
    func makeDetector() -> OpaquePointer? {
        // SAFETY: the tables live as long as `self`.
        unsafe ntds_dpi_create(handle)
    }
}
