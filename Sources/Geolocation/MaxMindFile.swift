import CMaxMindDB
import Glibc
import NetworkTypes

/// Where a value lies in a record: the keys, from outside in.
enum MaxMindField: Int, CaseIterable {
    case countryCode, registeredCountryCode, flatCountryCode, flatCountry
    case countryName, registeredCountryName, flatCountryName
    case region, flatRegion, city, flatCity
    case latitude, longitude, flatLatitude, flatLongitude
    case asNumber, traitsASNumber, flatASNumber
    case asOrganisation, traitsASOrganisation, flatASName
    case isp, traitsISP, organisation, traitsOrganisation

    var path: [String] {
        switch self {
        case .countryCode: ["country", "iso_code"]
        case .registeredCountryCode: ["registered_country", "iso_code"]
        case .flatCountryCode: ["country_code"]
        case .flatCountry: ["country"]
        case .countryName: ["country", "names", "en"]
        case .registeredCountryName: ["registered_country", "names", "en"]
        case .flatCountryName: ["country_name"]
        case .region: ["subdivisions", "0", "names", "en"]
        case .flatRegion: ["region"]
        case .city: ["city", "names", "en"]
        case .flatCity: ["city"]
        case .latitude: ["location", "latitude"]
        case .longitude: ["location", "longitude"]
        case .flatLatitude: ["lat"]
        case .flatLongitude: ["lng"]
        case .asNumber: ["autonomous_system_number"]
        case .traitsASNumber: ["traits", "autonomous_system_number"]
        case .flatASNumber: ["asn"]
        case .asOrganisation: ["autonomous_system_organization"]
        case .traitsASOrganisation: ["traits", "autonomous_system_organization"]
        case .flatASName: ["as_name"]
        case .isp: ["isp"]
        case .traitsISP: ["traits", "isp"]
        case .organisation: ["organization"]
        case .traitsOrganisation: ["traits", "organization"]
        }
    }
}

/// An open database of libmaxminddb, and the paths it is asked for.
///
/// The library checks every offset; what it calls corrupt becomes `LocationDatabaseError.damaged`.
@safe final class MaxMindFile: Sendable {
    let path: String
    let databaseType: String
    let buildTime: Timestamp?

    // SAFETY: the library does not change an open database, so look-ups may run side by side. Both are
    // written by the initialiser and freed by deinit only.
    private nonisolated(unsafe) let database: UnsafeMutablePointer<MMDB_s>
    fileprivate nonisolated(unsafe) let paths: [UnsafeMutablePointer<UnsafePointer<CChar>?>]

    init(_ path: String) throws(LocationDatabaseError) {
        // The library would wait for ever at a pipe.
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw .unreadable(file: path, reason: systemReason())
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(file: path, reason: "not a regular file")
        }
        let database = UnsafeMutablePointer<MMDB_s>.allocate(capacity: 1)
        let result = unsafe MMDB_open(path, UInt32(MMDB_MODE_MMAP), database)
        guard result == MMDB_SUCCESS else {
            unsafe database.deallocate()
            throw Self.error(result, path)
        }
        self.path = path
        unsafe self.database = unsafe database
        let metadata = unsafe database.pointee.metadata
        let type = unsafe metadata.database_type.map { unsafe String(cString: $0) } ?? ""
        databaseType = FieldText.clean(type) ?? "MaxMind database"
        // Metadata may hold any 64 bits; what Timestamp cannot hold is no date.
        let seconds = Int64(exactly: unsafe metadata.build_epoch)
        let (nanoseconds, overflow) = (seconds ?? 0).multipliedReportingOverflow(by: 1_000_000_000)
        buildTime = seconds == nil || overflow ? nil : Timestamp(nanoseconds: nanoseconds)
        unsafe paths = MaxMindField.allCases.map { unsafe Self.nullTerminated($0.path) }
    }

    deinit {
        unsafe MMDB_close(database)
        unsafe database.deallocate()
        unsafe paths.forEach { path in
            var index = 0
            while let key = unsafe path[index] {
                unsafe free(UnsafeMutablePointer(mutating: key))
                index += 1
            }
            unsafe path.deallocate()
        }
    }

    /// The record of an address, `nil` if there is none.
    func record(of address: IPAddress) throws(LocationDatabaseError) -> Record? {
        var code: CInt = MMDB_SUCCESS
        let found: MMDB_lookup_result_s
        if let ipv4 = address.ipv4 {
            var socket = sockaddr_in()
            socket.sin_family = sa_family_t(AF_INET)
            socket.sin_addr.s_addr = ipv4.bigEndian
            unsafe found = unsafe withUnsafePointer(to: &socket) { socket in
                unsafe socket.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe MMDB_lookup_sockaddr(database, $0, &code)
                }
            }
        } else {
            var socket = sockaddr_in6()
            socket.sin6_family = sa_family_t(AF_INET6)
            unsafe withUnsafeMutableBytes(of: &socket.sin6_addr) { bytes in
                unsafe bytes.storeBytes(of: address.high.bigEndian, as: UInt64.self)
                unsafe bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            unsafe found = unsafe withUnsafePointer(to: &socket) { socket in
                unsafe socket.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe MMDB_lookup_sockaddr(database, $0, &code)
                }
            }
        }
        if code == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR { return nil }
        guard code == MMDB_SUCCESS else { throw Self.error(code, path) }
        return unsafe found.found_entry ? Record(file: self, entry: found.entry) : nil
    }

    /// What a field of a record may be for us.
    enum Value {
        case text(String)
        case number(Double)
    }

    /// The data of one network.
    @safe struct Record {
        fileprivate let file: MaxMindFile
        fileprivate var entry: MMDB_entry_s

        fileprivate init(file: MaxMindFile, entry: MMDB_entry_s) {
            self.file = file
            unsafe self.entry = unsafe entry
        }

        /// Where the data lies in the file; the same for all networks that share it.
        var offset: UInt32 { unsafe entry.offset }

        /// The value at the field's path, `nil` if there is none of a type that serves.
        mutating func value(_ field: MaxMindField) throws(LocationDatabaseError) -> Value? {
            var data = unsafe MMDB_entry_data_s()
            let code = unsafe MMDB_aget_value(&entry, &data, file.paths[field.rawValue])
            switch code {
            case MMDB_SUCCESS: break
            case MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR, MMDB_INVALID_LOOKUP_PATH_ERROR:
                return nil
            default: throw MaxMindFile.error(code, file.path)
            }
            guard unsafe data.has_data else { return nil }
            switch unsafe CInt(data.type) {
            case MMDB_DATA_TYPE_UTF8_STRING:
                // SAFETY: the library has checked that the text lies inside the file, which `file` keeps open.
                let bytes = unsafe UnsafeRawBufferPointer(
                    start: data.utf8_string, count: min(Int(data.data_size), 2 * FieldText.limit))
                return unsafe .text(String(decoding: bytes, as: UTF8.self))
            case MMDB_DATA_TYPE_DOUBLE: return unsafe .number(data.double_value)
            case MMDB_DATA_TYPE_FLOAT: return unsafe .number(Double(data.float_value))
            case MMDB_DATA_TYPE_UINT16: return unsafe .number(Double(data.uint16))
            case MMDB_DATA_TYPE_UINT32: return unsafe .number(Double(data.uint32))
            default: return nil
            }
        }
    }

    /// A path that does not match reaches this at opening only: a key of the metadata is missing.
    private static func error(_ code: CInt, _ path: String) -> LocationDatabaseError {
        switch code {
        case MMDB_FILE_OPEN_ERROR, MMDB_IO_ERROR, MMDB_OUT_OF_MEMORY_ERROR:
            .unreadable(file: path, reason: words(code))
        case MMDB_INVALID_METADATA_ERROR, MMDB_UNKNOWN_DATABASE_FORMAT_ERROR,
            MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR:
            .foreign(file: path, expected: "MaxMind database (\(words(code)))")
        default: .damaged(file: path, reason: words(code))
        }
    }

    private static func words(_ code: CInt) -> String {
        unsafe MMDB_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }

    /// A C array of C strings, ended by a null pointer, as the library wants its paths.
    private static func nullTerminated(
        _ keys: [String]
    ) -> UnsafeMutablePointer<UnsafePointer<CChar>?> {
        let array = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: keys.count + 1)
        for (index, key) in keys.enumerated() {
            unsafe (array + index).initialize(to: UnsafePointer(strdup(key)))
        }
        unsafe (array + keys.count).initialize(to: nil)
        return unsafe array
    }
}
