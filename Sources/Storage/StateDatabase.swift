import GRDB

/// The SQLite file that holds what must outlive the program.
///
/// It is opened with a write-ahead log and `synchronous=FULL`: what was saved survives the end of the
/// process and of the power. The schema grows by migrations that are only ever appended.
package struct StateDatabase: Sendable {
    let queue: DatabaseQueue

    /// Opens the file, makes it if there is none, and brings its schema up to date.
    ///
    /// A file of another kind, of another program or of a later version of this one is refused and left as
    /// it is.
    package init(path: String) throws {
        queue = try StorageError.wrap(path) {
            var configuration = Configuration()
            configuration.label = "ntds"
            configuration.busyMode = .timeout(5)
            return try DatabaseQueue(path: path, configuration: configuration)
        }
        let migrator = Self.migrator
        try StorageError.wrap(path) {
            try queue.read { database in
                let owner = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
                guard try owner == Self.applicationID || Self.isEmpty(database) else {
                    throw StorageError(.foreignFile, path, "it belongs to another program")
                }
                if try migrator.hasBeenSuperseded(database) {
                    throw StorageError(.laterVersion, path, "it was written by a later version")
                }
            }
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL")
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try database.execute(sql: "PRAGMA application_id = \(Self.applicationID)")
            }
            try migrator.migrate(queue)
        }
    }

    /// "NTDS" in ASCII.
    private static let applicationID: Int32 = 0x4e54_4453

    private static func isEmpty(_ database: Database) throws -> Bool {
        try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") == 0
    }

    /// Append only: a migration that has been released never changes.
    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 location") { database in
            try database.execute(sql: SQLiteLocationCache.schema)
        }
        migrator.registerMigration("2 alert") { database in
            try database.execute(sql: SQLiteAlertStore.schema)
        }
        return migrator
    }
}

/// What went wrong with a file of the store.
package struct StorageError: Error, Equatable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// The file cannot be opened, read or written: missing folder, permissions, full disk, locked.
        case unavailable
        /// The file is no SQLite database, or another program's.
        case foreignFile
        /// A later version of this program has changed its schema.
        case laterVersion
        /// The file is a database that contradicts itself.
        case damaged
    }

    package let code: Code
    package let path: String
    package let reason: String
    package let underlying: (any Error)?

    init(_ code: Code, _ path: String, _ reason: String, underlying: (any Error)? = nil) {
        (self.code, self.path, self.reason, self.underlying) = (code, path, reason, underlying)
    }

    package static func == (left: StorageError, right: StorageError) -> Bool {
        left.code == right.code
    }

    package var description: String { "\(path): \(reason)" }

    /// Runs work on the database and turns the errors of SQLite into ours.
    static func wrap<Result>(_ path: String, _ work: () throws -> Result) throws -> Result {
        do {
            return try work()
        } catch let error as DatabaseError {
            let reason = error.message ?? "error \(error.resultCode.rawValue)"
            switch error.resultCode {
            case .SQLITE_NOTADB:
                throw StorageError(
                    .foreignFile, path, "it is no SQLite database", underlying: error)
            case .SQLITE_CORRUPT:
                throw StorageError(.damaged, path, "damaged database: \(reason)", underlying: error)
            case .SQLITE_ERROR:
                throw StorageError(
                    .damaged, path, "unexpected schema: \(reason)", underlying: error)
            default:
                throw StorageError(.unavailable, path, reason, underlying: error)
            }
        }
    }
}
