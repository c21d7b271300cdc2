/// The version that `--version`, reports and records state.
package enum ProductVersion {
    package static let number = "0.1.0"
    package static let text = "ntds \(number)"
}
