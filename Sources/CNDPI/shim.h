// Nothing for Swift: nDPI's structures differ from version to version, so only CNDPIShim looks at them. The
// module stands for the flags of compiler and linker.
