// The few calls of nDPI that labels need, without its structures: these change from version to version and
// hold unions and bit fields that Swift does not see.
//
// Tables, their detectors and the flow states of these belong to one thread at a time. Different tables share nothing.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ntds_dpi_tables;
struct ntds_dpi;

/// What nDPI made of a flow. The texts lie in the flow's state, end with NUL, and live until its reset.
struct ntds_dpi_verdict {
    /// The protocol that carries the application, 0 if there is none below it.
    uint16_t carrier;
    uint16_t application;
    uint16_t category;
    /// A value of `ntds_dpi_confidence`.
    uint8_t confidence;
    /// One bit for each risk, by nDPI's number.
    uint64_t risks;
    /// At most `hostNameCapacity` octets, not always ended; NULL if nDPI saw none.
    const char *hostName;
    size_t hostNameCapacity;
    /// 32 hexadecimal digits and NUL, or NULL.
    const char *clientFingerprint;
    const char *serverFingerprint;
};

enum ntds_dpi_confidence {
    ntds_dpi_nothing,
    ntds_dpi_by_port,
    ntds_dpi_by_address,
    ntds_dpi_by_cache,
    ntds_dpi_in_part,
    ntds_dpi_by_payload,
};

/// All protocols of the installed nDPI, or NULL if there is no memory for them. nDPI makes one set at a time: threads
/// wait for each other here.
struct ntds_dpi_tables *ntds_dpi_tables_create(void);
/// All detectors on the tables must have gone.
void ntds_dpi_tables_destroy(struct ntds_dpi_tables *tables);

/// A detector on tables that must outlive it. What it learns from flows for later ones it keeps to itself: its verdicts
/// do not depend on other detectors on the tables.
///
/// NULL if there is no memory, or if the tables have a detector and nDPI is of a version that leaves it at one.
struct ntds_dpi *ntds_dpi_create(struct ntds_dpi_tables *tables);
void ntds_dpi_destroy(struct ntds_dpi *dpi);

/// Octets of a flow's state. A new flow's are all zero.
size_t ntds_dpi_state_octets(void);

/// Octets that nDPI keeps outside the flow states for all flows of the detector.
size_t ntds_dpi_heap_octets(const struct ntds_dpi *dpi);

/// A packet that is no fragment.
struct ntds_dpi_packet {
    /// The first 20 octets of IPv4's header, or the 40 of IPv6's; options and extensions left out.
    const void *network;
    /// The transport header and what was captured behind it, at most 64 KB.
    const void *transport;
    size_t transportOctets;
    int isVersion6;
    /// TCP 6, UDP 17, and so on; never the number of an extension header.
    uint8_t protocolNumber;
};

/// Shows the flow's next packet; it is copied, its lengths are mended and zeros put behind it.
///
/// Version and protocol must be the same for all packets of a flow, and the header of TCP and UDP be whole: nDPI 4.2
/// follows the pointer to a TCP header that is not there, once it has seen TLS in the flow.
///
/// Returns whether more packets could tell more.
int ntds_dpi_inspect(
    struct ntds_dpi *dpi, void *state, const struct ntds_dpi_packet *packet, uint64_t milliseconds);

/// The verdict over what was seen; a guess by port and address if the payload did not tell.
void ntds_dpi_conclude(struct ntds_dpi *dpi, void *state, struct ntds_dpi_verdict *verdict);

/// Frees what nDPI keeps for the flow and makes its state that of a new one.
void ntds_dpi_reset(struct ntds_dpi *dpi, void *state);

/// Number of applications and of risks; names for each, never NULL.
uint16_t ntds_dpi_application_count(struct ntds_dpi_tables *tables);
uint8_t ntds_dpi_risk_count(void);
const char *ntds_dpi_application_name(struct ntds_dpi_tables *tables, uint16_t application);
const char *ntds_dpi_category_name(struct ntds_dpi_tables *tables, uint16_t category);
const char *ntds_dpi_risk_name(uint8_t risk);
/// "4.2.0"
const char *ntds_dpi_version(void);
